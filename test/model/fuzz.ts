/**
 * `npm run fuzz [-- --minutes 10] [FILE.xproto …]`: feed what reads the texts of authors with
 * mutated ones (models, policy expressions, model-deps.yaml, accord.yaml), until something crashes or hangs it. What does so
 * is written to a file, and wants a test of its own.
 *
 * With `--keep`, the shortest text for each kind of fault goes to fuzz-corpus.json, which `npm test` goes through.
 */
import { Command, Option } from 'commander';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { amount, someOf } from '../support/options.ts';
import { CORPUS, KINDS, readCorpus, surviveAs, type Kind, type Sample } from './fuzz-corpus.ts';

const program = new Command('fuzz')
  .description('Feed what reads the texts of authors with mutated ones.')
  .showHelpAfterError()
  .argument('[xproto...]', 'more files of models to begin with')
  .option('--minutes <number>', 'how long', amount, 10)
  .addOption(
    new Option('--of <kinds>', `some of ${KINDS.join(', ')}`).argParser(someOf(KINDS)).default(KINDS, 'all'),
  )
  .option('--keep', 'put the shortest text for each kind of fault into fuzz-corpus.json', false)
  .parse();
const {
  minutes,
  of: kinds,
  keep: isKept,
} = program.opts<{ minutes: number; of: readonly Kind[]; keep: boolean }>();

const RULES = `
policy grant_policy < ctx.user.is_admin | (*instance_policy(slice) & not obj.slice.deleted) >
policy slice_policy < exists Privilege: Privilege.accessor_id = ctx.user.id & Privilege.permission in ["role:admin"] >
policy limit < forall Instance: Instance.slice = obj -> (Instance.count = 3 | {{ any(x for x in y) }}) >
`;
const own = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const models = [
  own('../../model/core.xproto'),
  own('../../synchronizers/exampleservice/exampleservice.xproto'),
  own('../e2e/parcels/parcels.xproto'),
  ...program.args.map((file) => readFileSync(file, 'utf8')),
  'option app_label = "a"; message M (XOSBase) { required string a = 1 [unique = True, default = "x"]; optional manytoone b->M:c = 2; }',
];
const SAMPLES: Readonly<Record<Kind, readonly string[]>> = {
  models: models.map((text) => text + RULES),
  policies: [RULES, ...RULES.trim().split('\n')],
  'model-deps': [
    own('../../synchronizers/exampleservice/model-deps.yaml'),
    '# who needs whom\n{"Page": [["Color", "foreground", "pages"], ["Site", "owner.site", ""]], "Color": []}',
    'Page: &p\n- Color\n- [Site, fake_accessor]\nOther: *p\n',
  ],
  'accord.yaml': [
    own('../../synchronizers/exampleservice/accord.yaml'),
    'name: web\nversion: 3\nsys_dir: .accord/<name>\nlimits: {switch: {concurrency: 2, per_second: 0.5}}\nansible: {dispatcher: cold, forks: 3}\nproxy_ssh: {host: h, port: 22, host_keys: [ssh-rsa A]}\nobserver_pretend: true\n',
  ],
};
const everything = kinds.flatMap((kind) => SAMPLES[kind]).join('\n');
const words = [...new Set(everything.match(/\w+|"[^"]*"|->|[^\s\w]/g))];

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
const sample: fc.Arbitrary<Sample> = fc
  .record({
    start: fc.constantFrom(...kinds.flatMap((kind) => SAMPLES[kind].map((text) => ({ kind, text })))),
    changes: fc.array(change, { minLength: 1, maxLength: 8 }),
  })
  .map(({ start, changes }) => ({
    kind: start.kind,
    text: changes.reduce((text, { at, remove, insert }) => {
      const from = Math.floor(at * text.length);
      return text.slice(0, from) + insert + text.slice(from + remove);
    }, start.text),
  }));

/** The shortest text for each fault that is told. */
const shortest = new Map<string, Sample>();
/** More is no example. */
const MOST_KEPT = 1_000;
const keep = (one: Sample, faults: readonly string[]): void => {
  for (const fault of faults) {
    const known = shortest.get(`${one.kind} ${fault}`);
    if (one.text.length <= MOST_KEPT && !(known !== undefined && known.text.length <= one.text.length))
      shortest.set(`${one.kind} ${fault}`, one);
  }
};
for (const one of readCorpus()) keep(one, surviveAs(one));

let tried = 0;
let longestMs = 0;
const result = fc.check(
  fc.property(sample, (one) => {
    const began = performance.now();
    const faults = surviveAs(one);
    const ms = performance.now() - began;
    tried += 1;
    longestMs = Math.max(longestMs, ms);
    keep(one, faults);
    if (ms > HANG_MS) throw new Error(`took ${Math.round(ms)} ms`);
  }),
  { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: minutes * 60_000 },
);
console.log(
  `${tried} texts in ${minutes} minutes, the longest took ${Math.round(longestMs)} ms; seed ${result.seed}`,
);
if (isKept) {
  const kept = [...new Set(shortest.values())];
  writeFileSync(CORPUS, `${JSON.stringify(kept, null, 2)}\n`);
  console.log(`${kept.length} texts kept, for ${shortest.size} kinds of faults`);
}
if (result.failed && result.counterexample !== null) {
  const [{ kind, text }] = result.counterexample;
  const file = join(
    tmpdir(),
    `accord-fuzz-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.${kind}`,
  );
  writeFileSync(file, text);
  console.error(result.errorInstance);
  console.error(`kept as ${file}`);
  process.exitCode = 1;
}
