// Builds `tool` in the cache and says where it is: node cache-builder.ts LOG [hang]
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cached } from '../../platform/cache.ts';

const [log = '', mode] = process.argv.slice(2);

const folder = await cached('tool', async (target) => {
  await appendFile(log, 'building\n');
  // Long enough for the others to come in between, if they could.
  await pause(mode === 'hang' ? 100_000 : 300);
  await writeFile(join(target, 'thing'), 'built');
  await appendFile(log, 'built\n');
});
console.log(folder);
