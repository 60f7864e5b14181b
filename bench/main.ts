/** `npm run bench -- NAME [ROUNDS]`: measure, and print ratios. Times differ by machine, ratios hardly. */
import { benchAnsible } from './ansible.ts';

const BENCHES: Readonly<Record<string, (rounds: number | undefined) => Promise<void>>> = {
  ansible: benchAnsible,
};

const [name = '', rounds] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`There is no bench «${name}»; there are: ${Object.keys(BENCHES).join(', ')}.`);
  process.exitCode = 2;
} else {
  await bench(rounds === undefined ? undefined : Number(rounds));
}
