/** `npm run chaos [-- --seconds 90 …]`: kill real processes at random, and judge what becomes of it. */
import { Command, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import { SERVERS } from '../../bench/temporal-server.ts';
import { amount, count, seed } from '../support/options.ts';
import { runChaos, type ChaosOptions } from './chaos.ts';

type Asked = Omit<ChaosOptions, 'onProgress'> & { readonly report?: string };

const program = new Command('chaos')
  .description('Kill real processes at random, and judge what becomes of it.')
  .showHelpAfterError()
  .option('--seconds <number>', 'how long is struck', amount, 90)
  .option('--objects <number>', 'how many there are at a time', count, 1_000)
  .option('--killers <number>', 'how many strike at once', count, 2)
  .option('--freeze-seconds <number>', 'how long what is frozen stays so', amount, 40)
  .addOption(
    new Option('--seed <number>', 'repeat who is struck when')
      .argParser(seed)
      .default(Math.floor(Math.random() * 2 ** 31), 'any'),
  )
  .option('--installed-in <folder>', 'a folder with the package instead of this clone')
  .addOption(new Option('--server <server>', 'which Temporal').choices(SERVERS).default('dev'))
  .option('--report <file>', 'where the outcome is written, too')
  .option('--keep', 'leave data and logs where they are', false)
  .parse();

const { report, ...options } = program.opts<Asked>();
const outcome = await runChaos({
  ...options,
  onProgress: (sentence) => console.error(new Date().toISOString().slice(11, 19), sentence),
});
const told = JSON.stringify(outcome, undefined, 2);
console.log(told);
if (report !== undefined) await writeFile(report, `${told}\n`);
const { length } = outcome.problems;
console.log(length === 0 ? 'every promise was kept' : `${length} broken promises`);
process.exitCode = length === 0 ? 0 : 1;
