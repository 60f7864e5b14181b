/** `npm run chaos [-- --seconds 90] [--objects 1000] [--seed 1]`: kill real processes at random, and judge what becomes of it. */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, objects: { type: 'string' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const { problems, ...figures } = await runChaos({
  seed,
  seconds: Number(values.seconds ?? 90),
  objects: Number(values.objects ?? 1_000),
  onProgress: (sentence) => console.error(sentence),
});
console.log(JSON.stringify({ seed, ...figures }));
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? 'every promise was kept' : `${problems.length} broken promises`);
process.exitCode = problems.length === 0 ? 0 : 1;
