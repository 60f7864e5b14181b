import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { writeOutput } from '../../generate/output.ts';
import { temporaryFolder } from '../support/folder.ts';
import { OPTIONS, textOf } from './compile.ts';
import { modelFiles } from './model-files.ts';

/** Generate the models of `xproto`, compile them with the code of authors, and list the errors of each author. */
async function compile(xproto: string, authors: readonly string[]): Promise<string[][]> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'own.xproto'), `option app_label = "own";\n${xproto}`);
  const { files, loaded } = await modelFiles([folder]);
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  await writeOutput(files ?? []);
  const paths = authors.map((_, index) => join(folder, `author${index}.ts`));
  for (const [index, code] of authors.entries()) await writeFile(paths[index] ?? '', code);
  const program = ts.createProgram(paths, OPTIONS);
  const errors = ts.getPreEmitDiagnostics(program);
  const outside = errors.filter(({ file }) => !paths.includes(file?.fileName ?? ''));
  expect(outside.map(textOf)).toEqual([]);
  return paths.map((path) => errors.filter(({ file }) => file?.fileName === path).map(textOf));
}

const SERVICE = `
  message OwnService (Service) { required string motto = 1; }
  message Color (XOSBase) {
    required string name = 1;
    required string kind = 2 [choices = "(('rgb', 'RGB'), ('hsl', 'HSL'))", default = "rgb"];
  }
  message OwnInstance (TenantWithContainer) {
    option owner_class_name = "OwnService";
    required string tenant_message = 1;
    optional manytoone color->Color:instances = 2;
    optional manytomany others->Color:others = 3;
    repeated int32 ports = 4;
    optional string address = 5 [feedback_state = True];
    required string serial = 6 [feedback_state = True];
    required int32 tries = 7 [feedback_state = True, default = 0];
    optional string shape = 8 [choices = "(('round', 'Round'), ('flat', 'Flat'))"];
    required string finish = 9 [choices = "(('matt', 'Matt'), ('gloss', 'Gloss'))", default = "matt"];
  }`;

const uses = (code: string): string => `
  import { policy } from '@accord-sync/accord';
  import { Color, OwnInstance, Service } from './models.gen.ts';
  export const use = policy({ model: OwnInstance, async handleUpdate(instance, { create, follow, find, update }) {
    ${code}
    void [Color, Service, create, follow, find, update, instance];
  } });`;

describe('generated models', () => {
  const ALLOWED = [
    "await create(Color, { name: 'x' });",
    "await create(Color, { name: 'x', kind: 'hsl' });",
    "await create(OwnInstance, { owner: instance.owner, tenant_message: 'x', ports: [1], others: [] });",
    "await update(instance, { color: await create(Color, { name: 'x' }) });",
    'const motto: string = (await follow(instance.owner)).motto; void motto;',
    'const image: string | undefined = (await follow(instance.instance))?.name; void image;',
    `const master = await follow(instance.master_serviceinstance);
       if (master?.model === 'OwnInstance') { const text: string = master.tenant_message; void text; }`,

    // Null until its step has reported it, the empty text where nobody has chosen.
    'const serial: string | null = instance.serial; const tries: number = instance.tries; void [serial, tries];',
    "const shape: 'round' | 'flat' | '' | null = instance.shape; void shape;",
    "const finish: 'matt' | 'gloss' = instance.finish; void finish;",
    "await update(instance, { shape: '' });",
    "const [service] = await find(Service, { name: 'x' }); const on: boolean | undefined = service?.enabled; void on;",

    "const [color] = await find(Color, { kind: 'rgb' }); if (color) await update(instance, { color, others: [color] });",
  ];

  test('let an author write what the models allow', async () => {
    const errors = await compile(SERVICE, ALLOWED.map(uses));
    expect(errors.flat()).toEqual([]);
  });

  const REFUSED = [
    ["await create(Color, { kind: 'rgb' });", "Property 'name' is missing"],
    ["await create(Color, { name: 'x', kind: 'cmyk' });", 'Type \'"cmyk"\' is not assignable'],
    ['await create(Color, { name: null });', "Type 'null' is not assignable"],
    ["await update(instance, { address: 'x' });", "'address' does not exist"],
    ['await update(instance, { color: instance.owner });', 'not assignable'],
    ['const serial: string = instance.serial; void serial;', "Type 'null' is not assignable"],
    ["const shape: 'round' | 'flat' | null = instance.shape; void shape;", 'Type \'""\' is not assignable'],
    ["await update(instance, { finish: '' });", 'Type \'""\' is not assignable'],
    [
      'void (await follow(instance.master_serviceinstance))?.tenant_message;',
      "'tenant_message' does not exist",
    ],
    ['void (await follow(instance.color)).name;', 'possibly'],
    ['void instance.enacted;', "'enacted' does not exist"],
  ] as const;

  test('refuse what they do not', async () => {
    const errors = await compile(
      SERVICE,
      REFUSED.map(([code]) => uses(code)),
    );
    for (const [index, [code, reason]] of REFUSED.entries())
      expect(errors[index]?.join(), code).toContain(reason);
  });

  test('compile whatever fields and models are called', async () => {
    const xproto = `
      message class (XOSBase) { required string constructor = 1; optional string valueOf = 2; required string delete = 3; }
      message Ref (Model) { option abstract = "False"; }
      message Model (XOSBase) { option abstract = True; option verbose_name = "*/ export const y = 1; /*"; optional manytoone self->Model:selves = 1; }
      message defineModel (XOSBase) { optional manytoone Ref->Ref:refs = 1; }
      message await (XOSBase) { required string a = 1 [help_text = "*/ export const x = 1; /*\\nmore \`",
        choices = "(('it\\\\'s', 'x'), ('a\\\\\\\\b', 'y'))", default = "it's"]; }
      message eval (XOSBase) { enum E { constructor = 0; } required E e = 1 [default = constructor]; }`;
    const code = `
      import { policy } from '@accord-sync/accord';
      import { class_, await_, eval_, Ref_, Model_, defineModel_ } from './models.gen.ts';
      export const use = policy({ model: class_, async handleCreate(one, { create }) {
        const text: string = one.constructor + one.delete; void text;
        await create(await_, { a: 'it\\'s' }); await create(await_, { a: 'a\\\\b' });
        await create(eval_, { e: 'constructor' });
        const ref = await create(Ref_, { self: null });
        await create(defineModel_, { Ref: ref }); await create(Ref_, { self: ref }); void Model_;
      } });`;
    expect(await compile(xproto, [code])).toEqual([[]]);
  });
});
