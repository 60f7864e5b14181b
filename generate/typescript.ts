import type { JsonScalar } from '../model/definition.ts';

/** A literal type or value; strings in single quotes, on one line. */
export function literal(value: JsonScalar): string {
  if (typeof value !== 'string') return String(value);
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}

/** `never` when there are none. */
export function union(types: readonly string[]): string {
  return types.length === 0 ? 'never' : [...new Set(types)].join(' | ');
}

/** Text for the inside of a comment, which it does not end. Were the mark taken out, what is around it could form one. */
export function withinComment(text: string): string {
  return text.replaceAll('*/', '*\u200b/');
}

/** A doc comment of `text`, which may hold anything; none when it is empty. */
export function comment(text: string, indent = ''): string[] {
  const lines = withinComment(text)
    .split(/[\r\n\u2028\u2029]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`${indent}/** ${lines[0] ?? ''} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
}

/** The name of a model as one of a module's own: with `_` behind it where TypeScript, or what is generated, means something else by it. */
export function safeName(name: string): string {
  return TAKEN.has(name) ? `${name}_` : name;
}

const TAKEN = new Set([
  ...['break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else'],
  ...['enum', 'export', 'extends', 'false', 'finally', 'for', 'function', 'if', 'import', 'in', 'instanceof'],
  ...['new', 'null', 'return', 'super', 'switch', 'this', 'throw', 'true', 'try', 'typeof', 'var', 'void'],
  ...['while', 'with', 'as', 'implements', 'interface', 'let', 'package', 'private', 'protected', 'public'],
  ...['static', 'yield', 'await', 'async', 'of', 'type', 'arguments', 'eval', 'undefined', 'globalThis'],
  ...['any', 'unknown', 'never', 'number', 'boolean', 'object', 'symbol', 'bigint', 'declare', 'module'],
  // What the generated module itself uses.
  ...['defineModel', 'Model', 'Ref', 'require', 'exports', '__proto__'],
  // What stubs import, call or name: the model would be a second one of that name, or hidden by it.
  ...['step', 'ansibleStep', 'restStep', 'ready', 'policy', 'watcher', 'modelLink', 'DeferredException'],
  ...['ObjectOf', 'PolicyContext', 'mkdir', 'rm', 'writeFile', 'dirname', 'resolve', 'fileOf', 'complete'],
  ...['follow', 'find', 'create', 'update', 'remove', 'log', 'event', 'changedFields', 'affected', 'id'],
  ...['goal', 'backend_handle', 'usual', 'slice', 'machine'],
  ...['JSON', 'String', 'Promise', 'process', 'encodeURIComponent'],
]);

/** A property name of an object literal. `__proto__: x` would set the prototype; in brackets it is a property. */
export function property(name: string): string {
  return name === '__proto__' ? "['__proto__']" : name;
}

/** The name of a file without its folders. */
export function baseName(path: string): string {
  return path.replace(/^.*\//, '');
}
