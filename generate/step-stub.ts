import type { ModelDefinition } from '../model/definition.ts';
import { linkKey } from '../model/json-schema.ts';
import type { OwnMembers } from './own-members.ts';
import { gateLines, patternOf, urlCode } from './patterns.ts';
import { stepStem } from './stub-names.ts';
import { literal, property, safeName, withinComment } from './typescript.ts';

export interface StubPlace {
  /** What `step` and the like are imported from. */
  readonly door: string;
  /** Where the models are, seen from the stub. */
  readonly models: string;
}

/**
 * Write a step that works, and is its author's to change: so far its back end is a file for each object.
 *
 * Each field is named, so that one that is renamed in the xproto shows up as an error of the compiler.
 */
export function stepStub(model: ModelDefinition, own: OwnMembers, { door, models }: StubPlace): string {
  const name = safeName(model.name);
  const gates = gateLines(patternOf(model));
  return `import { ${gates.length > 0 ? 'ready, ' : ''}step } from ${literal(door)};
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ${name} } from ${literal(models)};

/** Makes ${a(model.verboseName)} real. So far its back end is a file: put yours in its place. */
export const sync${model.name} = step({
  synchronizes: ${name},

  // Called again after any failure: what is done already must do no harm.
  async syncRecord(object${gates.length > 0 ? ', { follow }' : ''}) {
${gates.map((line) => `${line}\n`).join('')}    const backend_handle = fileOf(object.id);
    const goal = {
${attributes(own).join('\n')}
    };
    await mkdir(dirname(backend_handle), { recursive: true });
    await writeFile(backend_handle, JSON.stringify(goal, null, 2));
    return { backend_handle };
  },

  // Succeeds when there is nothing left to remove.
  async deleteRecord(object) {
    await rm(fileOf(object.id), { force: true });
  },
});

function fileOf(id: number): string {
  return resolve('.accord', 'mirror', ${literal(model.name)}, \`\${id}.json\`);
}
`;
}

/** Write a step whose work a playbook does. */
export function ansibleStub(model: ModelDefinition, own: OwnMembers, { door, models }: StubPlace): string {
  const name = safeName(model.name);
  const gates = gateLines(patternOf(model));
  const playbook = literal(`${stepStem(model.name)}.yaml`);
  return `import { ansibleStep${gates.length > 0 ? ', ready' : ''} } from ${literal(door)};
import { resolve } from 'node:path';
import { ${name} } from ${literal(models)};

/** Makes ${a(model.verboseName)} real, by a playbook. So far that keeps a file: put your tasks in its place. */
export const sync${model.name} = ansibleStep({
  synchronizes: ${name},
  templateName: ${playbook},

  // The variables of the playbook. To pass what a link leads to, load it: \`await follow(object.owner)\`.
  ${gates.length > 0 ? 'async getExtraAttributes(object, { follow }) {' : 'getExtraAttributes(object) {'}
${gates.map((line) => `${line}\n`).join('')}    return {
      instance_name: \`${model.name.toLowerCase()}-\${object.id}\`,
      mirror: resolve('.accord', 'mirror', ${literal(model.name)}),
      attributes: {
${attributes(own, '        ').join('\n')}
      },
    };
  },

  // What the playbook tells with set_stats.
  mapOutputs: ({ backend_handle }) => ({ backend_handle: String(backend_handle) }),

  deleteRecord: { templateName: ${playbook} },
});
`;
}

/** Write a step that keeps a resource over HTTP. */
export function restStub(model: ModelDefinition, own: OwnMembers, { door, models }: StubPlace): string {
  const name = safeName(model.name);
  const pattern = patternOf(model);
  const { create } = pattern;
  const gates = gateLines(pattern);
  const url = urlCode(pattern.url ?? `http://127.0.0.1:8080/${model.plural}/{id}`);
  // What must be there first is asked before anything is made.
  const method = (called: string, code: string, lines: readonly string[], indent: string): string => {
    const taken = lines.length > 0 ? 'object, { follow }' : code.includes('object.') ? 'object' : '';
    return [
      `${indent}${lines.length > 0 ? 'async ' : ''}${called}(${taken}) {`,
      ...lines.map((line) => `${indent}  ${line.trim()}`),
      `${indent}  return ${code};`,
      `${indent}},`,
    ].join('\n');
  };
  const creation =
    create === undefined
      ? []
      : [
          [
            '  // The back end chooses the id. Until it is known, a resource that a lost worker has made is looked for.',
            '  create: {',
            method('url', urlCode(create.url), gates, '    '),
            `    idField: ${literal(create.idField)},`,
            ...(create.find === undefined ? [] : [method('find', urlCode(create.find), [], '    ')]),
            '  },',
          ].join('\n'),
        ];
  return `import { ${gates.length > 0 ? 'ready, ' : ''}restStep } from ${literal(door)};
import { ${name} } from ${literal(models)};

/** Makes ${a(model.verboseName)} real, as a resource over HTTP: ${create === undefined ? '' : 'POST, '}PUT, and DELETE. */
export const sync${model.name} = restStep({
  synchronizes: ${name},

${[...creation, method('url', url, create === undefined ? gates : [], '  ')].join('\n\n')}

  body(object) {
    return {
${attributes(own).join('\n')}
    };
  },
});
`;
}

/** Fields and links as properties of an object: what a playbook or a back end is given. */
export function attributes({ fields, links }: OwnMembers, indent = '      '): string[] {
  return [
    ...fields.map(({ name }) => `${indent}${property(name)}: object.${name},`),
    ...links.map((link) => `${indent}${property(linkKey(link))}: ${idOf(link)},`),
  ];
}

function idOf({ name, kind, nullable }: OwnMembers['links'][number]): string {
  if (kind === 'manytomany') return `object.${name}.map(({ id }) => id)`;
  return nullable ? `object.${name}?.id ?? null` : `object.${name}.id`;
}

export function a(words: string): string {
  return `${/^[aeiou]/i.test(words) ? 'an' : 'a'} ${withinComment(words.replaceAll(/\s+/g, ' '))}`;
}
