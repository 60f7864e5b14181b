/**
 * `npm run fuzz [-- --minutes 10] [FILE.xproto …]`: feed the front end of the model language with mutated models and
 * rules, until something crashes or hangs it. What does so is written to a file, and wants a test of its own.
 */
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { survive } from './survive.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string' } },
});
const minutes = Number(values.minutes ?? 10);

const OWN = [
  '../../model/core.xproto',
  '../../synchronizers/exampleservice/exampleservice.xproto',
  '../e2e/parcels/parcels.xproto',
].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const RULES = `
policy grant_policy < ctx.user.is_admin | (*instance_policy(slice) & not obj.slice.deleted) >
policy slice_policy < exists Privilege: Privilege.accessor_id = ctx.user.id & Privilege.permission in ["role:admin"] >
policy limit < forall Instance: Instance.slice = obj -> (Instance.count = 3 | {{ any(x for x in y) }}) >
`;
const samples = [...OWN, ...positionals].map((file) => `${readFileSync(file, 'utf8')}\n${RULES}`);
const words = [...new Set(samples.join('\n').match(/\w+|"[^"]*"|->|[^\s\w]/g))];

/** Far longer than any of these takes, however busy the machine. */
const HANG_MS = 10_000;

const inserted = fc.oneof(
  fc.constant(''),
  fc.constantFrom(...words, '\n', '/*', '//', '{{', '}}', '<', '>', '\u0000', '\ud800', '9'.repeat(400)),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .tuple(fc.constantFrom('(', '{', '[', 'not ', 'a -> ', 'forall X: ', '"'), fc.nat(3_000))
    .map(([one, n]) => one.repeat(n)),
);
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(80),
  insert: inserted,
});
const source = fc
  .record({ sample: fc.constantFrom(...samples), changes: fc.array(change, { minLength: 1, maxLength: 8 }) })
  .map(({ sample, changes }) =>
    changes.reduce((text, { at, remove, insert }) => {
      const from = Math.floor(at * text.length);
      return text.slice(0, from) + insert + text.slice(from + remove);
    }, sample),
  );

let tried = 0;
let longestMs = 0;
const result = fc.check(
  fc.property(source, (text) => {
    const began = performance.now();
    survive(text);
    const ms = performance.now() - began;
    tried += 1;
    longestMs = Math.max(longestMs, ms);
    if (ms > HANG_MS) throw new Error(`took ${Math.round(ms)} ms`);
  }),
  { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: minutes * 60_000 },
);
console.log(
  `${tried} texts in ${minutes} minutes, the longest took ${Math.round(longestMs)} ms; seed ${result.seed}`,
);
if (result.failed && result.counterexample !== null) {
  const [text] = result.counterexample;
  const file = join(
    tmpdir(),
    `accord-fuzz-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.xproto`,
  );
  writeFileSync(file, text);
  console.error(result.errorInstance);
  console.error(`kept as ${file}`);
  process.exitCode = 1;
}
