/** `npm run bench [-- NAME] [--rounds N]`: measure, and print ratios. Times differ by machine, ratios hardly. */
import { Command, Option } from 'commander';
import { count, someOf } from '../test/support/options.ts';
import { benchAnsible } from './ansible.ts';
import { benchEngine, SCENARIO_NAMES } from './engine.ts';
import { benchList } from './list.ts';
import { benchStart } from './start.ts';
import { SERVERS, type Server } from './temporal-server.ts';

interface Rounds {
  readonly rounds?: number;
}

/** Five of a thousand; fewer when there are more, which take their time. */
const roundsOf = (objects: number): number => Math.max(1, Math.min(5, Math.floor(5_000 / objects)));

const program = new Command('bench').description('Measure, and print ratios.').showHelpAfterError();
const rounds = (): Option =>
  new Option('--rounds <number>', 'how often each leg runs that counts').argParser(count);

program
  .command('engine', { isDefault: true })
  .description('the engine beside Temporal alone, in the same run')
  .option('--size <number>', 'objects of a scenario', count, 1_000)
  .addOption(rounds())
  .addOption(
    new Option('--only <scenarios>', `some of ${SCENARIO_NAMES.join(', ')}`)
      .argParser(someOf(SCENARIO_NAMES))
      .default([], 'all'),
  )
  .addOption(new Option('--server <server>', 'which Temporal').choices(SERVERS).default('dev'))
  .option('--json <file>', 'where the figures are written, too', 'bench.json')
  .action((options: Rounds & { size: number; only: string[]; server: Server; json: string }) =>
    benchEngine({ ...options, rounds: options.rounds ?? roundsOf(options.size) }),
  );
program
  .command('ansible')
  .description('a warm dispatcher of playbooks beside one ansible-playbook for each')
  .addOption(rounds())
  .action((options: Rounds) => benchAnsible(options.rounds));
program
  .command('start')
  .description('how fast a built synchronizer starts, beside a folder')
  .addOption(rounds())
  .action((options: Rounds) => benchStart(options.rounds));
program
  .command('list')
  .description('lists and the page, with many objects')
  .option('--size <number>', 'objects', count)
  .addOption(rounds())
  .action((options: Rounds & { size?: number }) => benchList(options.size, options.rounds));

await program.parseAsync();
