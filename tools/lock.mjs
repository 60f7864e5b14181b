// A lock between processes, in plain JavaScript: tools/install.mjs needs it before anything is installed.
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
// Only holders on other machines, or whose pid may have been given to another process, are waited for this long.
const STALE_MS = 30_000;
const POLL_MS = 200;
const STEAL_MS = 20;

/** See lock.d.mts. */
export async function withLock(file, act, onWait) {
  const lock = await waitForLock(file, onWait);
  try {
    return await act();
  } finally {
    await lock.release();
  }
}

async function waitForLock(file, onWait) {
  for (let told = false; ; told = true) {
    const lock = await tryLock(file);
    if (lock.holder === undefined) return lock;
    if (!told) onWait?.(file);
    await pause(POLL_MS);
  }
}

/** See lock.d.mts. */
export async function tryLock(file) {
  const nonce = `${await beginningOf(process.pid)}-${Math.random().toString(36).slice(2)}`;
  const content = `${hostname()} ${process.pid} ${nonce}\n`;
  const mine = `${file}.${process.pid}.${nonce}`;
  await writeFile(mine, content);
  try {
    // link() is the test and the set in one: it fails when the file exists, and the file has its content at once.
    while (!(await tryLink(mine, file))) {
      const holder = await read(file);
      if (holder === undefined) continue;
      if (!(await isStale(file, holder))) return { holder: holderIn(holder) };
      if (await steal(file, holder, mine)) break;
      // Another is about to.
      await pause(STEAL_MS);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { release: keep(file, content) };
}

/** Show that the holder lives, until the lock is given back. */
function keep(file, content) {
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  return async () => {
    clearInterval(heartbeat);
    if ((await read(file)) === content) await rm(file, { force: true });
  };
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
  const { host, pid } = holderIn(holder);
  if (host === hostname()) {
    if (!isAlive(pid)) return true;
    // The very one; it may have been suspended, and shows no sign of life.
    const beginning = await beginningOf(pid);
    if (beginning !== '' && holder.split(' ')[2]?.startsWith(`${beginning}-`)) return false;
  }
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

// When the process began, as Linux counts it; empty elsewhere. Of all that ever had its number it has this alone.
async function beginningOf(pid) {
  const fields = (await read(`/proc/${pid}/stat`))?.split(')').at(-1)?.trim().split(' ');
  return fields?.[19] ?? '';
}

// One at a time: a second one that had found the same stale lock would take the first one's fresh lock for it.
async function steal(file, holder, mine) {
  const guard = `${file}.steal`;
  if (!(await tryLink(mine, guard))) {
    const thief = await read(guard);
    const isLeft = thief !== undefined && (await isStale(guard, thief));
    // Another that had found it so may have put its own there meanwhile.
    if (isLeft && (await read(guard)) === thief) await rm(guard, { force: true });
    return false;
  }
  try {
    if ((await read(file)) !== holder) return false;
    // In its place at once: nobody finds the lock free in between. Whose guard was taken for one left behind, has lost.
    const content = await read(mine);
    await rename(mine, file);
    return (await read(file)) === content;
  } finally {
    await rm(guard, { force: true });
  }
}

function holderIn(content) {
  const [host, pid] = content.split(' ');
  return { host, pid: Number(pid) };
}

async function read(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // ESRCH: a process that ends while it is looked at.
    if (['ENOENT', 'ESRCH'].includes(error.code)) return undefined;
    throw error;
  }
}
