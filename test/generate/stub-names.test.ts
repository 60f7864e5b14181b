import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { policyOfPattern } from '../../generate/policy-pattern.ts';
import { policyStub } from '../../generate/policy-stub.ts';
import { ansibleStub, restStub, stepStub } from '../../generate/step-stub.ts';
import { safeName } from '../../generate/typescript.ts';
import { watcherStub } from '../../generate/watcher-stub.ts';
import { accord } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { link, model } from '../support/models.ts';
import { errorsIn } from './compile.ts';

const PLACE = { door: '@accord-sync/accord', models: '../models.gen.ts' };
const OWN = { fields: [], links: [link('m_hall', 'M_Hall')] };

/** A model of which the stubs have all that they can have. Whatever is called by its own name begins with `M_`. */
const M = model('M_Lamp', {
  links: [link('m_hall', 'M_Hall'), link('m_machine', 'M_Instance')],
  xosLinks: [{ model: 'M_Hall', via: 'm_hall' }],
  options: {
    rest_create: 'http://a/{env.M_A}/{name}',
    rest_find: 'http://a?name={name}',
    ready_when: 'm_hall.name',
    with_instance: 'm_machine',
    pick_default: 'm_hall.name=x',
  },
});
const STUBS = [
  stepStub(M, OWN, PLACE),
  ansibleStub(M, OWN, PLACE),
  restStub(M, OWN, PLACE),
  policyStub(M, PLACE),
  policyOfPattern(M, [M], PLACE) ?? '',
  watcherStub(M, PLACE),
];

/** The names that a text imports, declares or uses, without those that stand behind a dot or before a colon. */
function namesIn(text: string): string[] {
  const file = ts.createSourceFile('stub.ts', text, ts.ScriptTarget.ES2024, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isProperty(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  return (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name === node;
}

test('no model has a name that a stub means something else by', () => {
  const names = new Set(STUBS.flatMap(namesIn).filter((name) => !/M_|^Slice$/.test(name)));
  expect([...names]).toEqual(expect.arrayContaining(['step', 'rm', 'JSON', 'find', 'modelLink']));
  expect([...names].filter((name) => safeName(name) === name)).toEqual([]);
});

test('stubs of models that are called as what stubs use compile', async () => {
  const folder = await temporaryFolder();
  const names = ['step', 'rm', 'resolve', 'watcher', 'JSON', 'ready', 'String', 'find', 'Promise'];
  const messages = names.map(
    (name, index) => `message ${name} (XOSBase) {
      ${index % 2 === 0 ? '' : 'option rest_url = "http://a/{name}";'}
      option ready_when = "peer.name"; option pick_default = "peer.name=x"; option xos_links = "find via peer";
      required string name = 1 [max_length = 9]; optional manytoone peer->find:ways_${name} = 2;
    }`,
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'own.xproto'), `option app_label = "own";\n${messages.join('\n')}`);
  expect(await accord(['generate', folder])).toMatchObject({ exitCode: 0 });
  const stubs = names.flatMap((name) =>
    [`steps/sync_`, `policies/model_policy_`, `watchers/watch_`].map((stem) =>
      join(folder, `${stem}${name.toLowerCase()}.ts`),
    ),
  );
  expect(errorsIn(stubs)).toEqual([]);
});
