/**
 * `npm run chaos [-- --seconds 90] [--objects 1000] [--killers 2] [--freeze-seconds 40] [--seed 1] [--report FILE] [--keep]
 * [--server dev|postgres]`:
 * kill real processes at random, and judge what becomes of it.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { serverOf } from '../../bench/temporal-server.ts';
import { runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    objects: { type: 'string', default: '1000' },
    killers: { type: 'string', default: '2' },
    'freeze-seconds': { type: 'string', default: '40' },
    seed: { type: 'string' },
    'installed-in': { type: 'string' },
    report: { type: 'string' },
    server: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const outcome = await runChaos({
  seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  seconds: Number(values.seconds),
  objects: Number(values.objects),
  killers: Number(values.killers),
  freezeSeconds: Number(values['freeze-seconds']),
  installedIn: values['installed-in'],
  keep: values.keep,
  server: serverOf(values.server),
  onProgress: (sentence) => console.error(new Date().toISOString().slice(11, 19), sentence),
});
console.log(JSON.stringify(outcome, undefined, 2));
if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(outcome, undefined, 2)}\n`);
const { length } = outcome.problems;
console.log(length === 0 ? 'every promise was kept' : `${length} broken promises`);
process.exitCode = length === 0 ? 0 : 1;
