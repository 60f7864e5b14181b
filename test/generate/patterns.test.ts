import fc from 'fast-check';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { policyOfPattern } from '../../generate/policy-pattern.ts';
import { ansibleStub, restStub, stepStub } from '../../generate/step-stub.ts';
import { linkModels } from '../../model/link.ts';
import { lintPattern } from '../../model/lint-pattern.ts';
import { parseXproto } from '../../model/parse.ts';
import { PATTERN_OPTIONS } from '../../model/pattern-options.ts';
import { accord } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { errorsIn } from './compile.ts';

const XPROTO = `option app_label = "own";
message Hall (XOSBase) { option pattern = "playbook"; required string name = 1 [max_length = 64]; }
message Lamp (XOSBase) {
  option rest_url = "{env.LAMPS}/halls/{name}/$\`/{id}";
  option ready_when = "hall.backend_handle, spare.name";
  required string name = 1 [max_length = 64];
  required manytoone hall->Hall:lamps = 2:1001;
  optional manytoone spare->Hall:spares = 3:1002;
}
message Bulb (XOSBase) { option ready_when = "lamp.backend_handle"; required manytoone lamp->Lamp:bulbs = 1:1001; }
message Desk (ServiceInstance) { option pattern = "mirror"; }
message Chair (TenantWithContainer) { option ready_when = "instance.ip"; optional int32 legs = 1; }
`;

test('options of models say which pattern their steps follow, and what must be there first', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'own.xproto'), XPROTO);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  expect((await accord(['generate', folder])).exitCode).toBe(0);
  const steps = ['hall', 'lamp', 'bulb', 'desk', 'chair'].map((name) =>
    join(folder, `steps/sync_${name}.ts`),
  );
  expect(errorsIn(steps)).toEqual([]);
  const [hall, lamp, bulb, desk, chair] = await Promise.all(steps.map((file) => readFile(file, 'utf8')));
  expect(hall).toContain('ansibleStep({');
  expect(lamp).toContain('restStep({');
  expect(lamp).toContain(
    "`${process.env['LAMPS'] ?? ''}/halls/${encodeURIComponent(String(object.name))}/$\\`/",
  );
  expect(lamp).toContain("ready(await follow(object.spare), 'name');");
  expect(bulb).toContain("ready(await follow(object.lamp), 'backend_handle');");
  expect(desk).toContain('= step({');
  expect(chair).toContain(
    "async getExtraAttributes(object, { follow }) {\n    ready(await follow(object.instance), 'ip');",
  );
});

test('whatever an option of a pattern says, what is generated is one step or policy, and checking it says words', () => {
  const { models } = linkModels([parseXproto('own.xproto', XPROTO).tree]);
  const [lamp] = models.filter(({ name }) => name === 'Lamp');
  if (lamp === undefined) throw new Error('there is no Lamp');
  const known = new Map(models.map((model) => [model.name, model]));
  const place = { door: '@accord-sync/accord', models: '../models.gen.ts' };
  const own = { fields: [], links: [] };
  const word = fc.constantFrom(
    '{id}',
    '{env.A}',
    'hall.name',
    '.',
    ',',
    '=',
    '`',
    '${1}',
    "'",
    '\\',
    '*/',
    '\n',
    '); f(',
    '{',
  );
  const value = fc.oneof(
    fc.string(),
    fc.array(word).map((words) => words.join('')),
  );
  const nowhere = { offset: 0, length: 1 };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...PATTERN_OPTIONS), value)), (pairs) => {
      const model = { ...lamp, options: Object.fromEntries(pairs) };
      const code = [stepStub, ansibleStub, restStub].map((stub) => stub(model, own, place));
      for (const text of [...code, policyOfPattern(model, models, place) ?? '']) {
        const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
        expect(
          diagnostics.map(({ messageText }) => messageText),
          text,
        ).toEqual([]);
        // Imports, and what is told of: nothing that would run when it is loaded.
        const { statements } = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest);
        expect(statements.filter((one) => ts.isExpressionStatement(one))).toEqual([]);
      }
      const options = Object.entries(model.options).map(([name, text]) => ({
        name: { text: name, ...nowhere },
        value: { text, kind: 'string' as const, ...nowhere },
      }));
      lintPattern(options, model, known, (_, { message, hint }) => {
        expect(message).not.toMatch(/undefined|\[object/);
        expect(hint).toBeDefined();
      });
    }),
    { numRuns: 300 },
  );
});
