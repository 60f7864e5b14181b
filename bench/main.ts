/**
 * `npm run bench [-- NAME] [--rounds N]`: measure, and print ratios. Times differ by machine, ratios hardly.
 *
 * `engine`, which is meant when there is no name, takes `--size N`, `--only flat,idle`, `--json FILE` and
 * `--server dev|postgres`, too; `list` takes `--size N`.
 */
import { parseArgs } from 'node:util';
import { benchAnsible } from './ansible.ts';
import { benchEngine } from './engine.ts';
import { benchList } from './list.ts';
import { benchStart } from './start.ts';
import { serverOf } from './temporal-server.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    size: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    server: { type: 'string' },
  },
});
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const size = Number(values.size ?? 1_000);

/** Five of a thousand; fewer when there are more, which take their time. */
const roundsOf = (objects: number): number => Math.max(1, Math.min(5, Math.floor(5_000 / objects)));

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  ansible: () => benchAnsible(rounds),
  engine: () =>
    benchEngine({
      rounds: rounds ?? roundsOf(size),
      size,
      only: values.only?.split(',') ?? [],
      json: values.json ?? 'bench.json',
      server: serverOf(values.server),
    }),
  list: () => benchList(values.size === undefined ? undefined : Number(values.size), rounds),
  start: () => benchStart(rounds),
};

const [name = 'engine'] = positionals;
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`There is no bench «${name}»; there are: ${Object.keys(BENCHES).join(', ')}.`);
  process.exitCode = 2;
} else {
  await bench();
}
