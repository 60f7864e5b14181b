// A lock between processes, in plain JavaScript: tools/install.mjs needs it before anything is installed.
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
// Only holders on other machines, or whose pid was given to another process, are waited for this long.
const STALE_MS = 30_000;
const POLL_MS = 200;

/** See lock.d.mts. */
export async function withLock(file, act, onWait) {
  const content = `${hostname()} ${process.pid} ${Math.random().toString(36).slice(2)}\n`;
  await acquire(file, content, onWait);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await act();
  } finally {
    clearInterval(heartbeat);
    if ((await read(file)) === content) await rm(file, { force: true });
  }
}

async function acquire(file, content, onWait) {
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(mine, content);
  try {
    let told = false;
    // link() is the test and the set in one: it fails when the file exists, and the file has its content at once.
    while (!(await tryLink(mine, file))) {
      const holder = await read(file);
      if (holder === undefined) continue;
      if (await isStale(file, holder)) {
        await steal(file, holder, mine);
        continue;
      }
      if (!told) onWait?.(file);
      told = true;
      await pause(POLL_MS);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function tryLink(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(file, holder) {
  const [host, pid] = holder.split(' ');
  if (host === hostname() && !isAlive(Number(pid))) return true;
  const touched = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
  return Date.now() - touched > STALE_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return error.code === 'EPERM';
  }
}

// Two may find the same stale lock: the second would take away the first one's fresh lock, sees that, and puts it back.
async function steal(file, holder, mine) {
  const taken = `${mine}.stolen`;
  try {
    await rename(file, taken);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if ((await read(taken)) !== holder) await tryLink(taken, file);
  await rm(taken, { force: true });
}

async function read(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
