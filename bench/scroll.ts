import type { Page } from 'playwright-core';
import { median, quantile } from './quantiles.ts';

/** One frame in twenty may be late by as much as one. */
const GOAL_FRAME_P95_MS = 34;
/** What blocks the page for longer is felt. */
const GOAL_LONGEST_MS = 100;

/** How far one turn of the wheel moves the list, how often it is turned, and how long after the last. */
const WHEEL = { px: 400, turns: 120, everyMs: 25 } as const;
const DEEP_ROWS = 10_000;
const LONGEST_READ_MS = 120_000;

/** Scroll through the fleet as somebody does who looks for something, and say how smooth that is. */
export async function benchScroll(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/ui/`);
  await page.getByRole('row').nth(10).waitFor();
  const list = page.getByRole('rowgroup');
  await list.hover();
  console.log(`${'scrolling'.padEnd(22)} frame ms: median  p95  longest   tasks of 50 ms and more: longest`);
  report('from the beginning', await watched(page, () => turn(page, 1)));
  report('back', await watched(page, () => turn(page, -1)));

  const startedAt = performance.now();
  const read = await watched(page, () => readOn(page, DEEP_ROWS));
  report(`reading ${DEEP_ROWS} rows`, read);
  console.log(`  which took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  report('on from there', await watched(page, () => turn(page, 1)));
  report('back from there', await watched(page, () => turn(page, -1)));
}

interface Watched {
  readonly frames: readonly number[];
  readonly longTasks: readonly number[];
}

/** What the page records of itself meanwhile. It is run in the browser, of which this room knows no types. */
const BEGIN = `(() => {
  const seen = { frames: [], longTasks: [], isOver: false };
  globalThis.benchSeen = seen;
  seen.observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
  });
  seen.observer.observe({ type: 'longtask' });
  let before = performance.now();
  const next = (now) => {
    seen.frames.push(now - before);
    before = now;
    if (!seen.isOver) requestAnimationFrame(next);
  };
  requestAnimationFrame((now) => {
    before = now;
    requestAnimationFrame(next);
  });
})()`;
const END = `(() => {
  const { benchSeen: seen } = globalThis;
  seen.isOver = true;
  seen.observer.disconnect();
  return { frames: seen.frames, longTasks: seen.longTasks };
})()`;

async function watched(page: Page, act: () => Promise<void>): Promise<Watched> {
  await page.evaluate(BEGIN);
  await act();
  return page.evaluate<Watched>(END);
}

async function turn(page: Page, direction: 1 | -1): Promise<void> {
  for (let times = 0; times < WHEEL.turns; times += 1) {
    await page.mouse.wheel(0, direction * WHEEL.px);
    await page.waitForTimeout(WHEEL.everyMs);
  }
}

/** Press End until so many rows are read: each time the next page of them comes. */
async function readOn(page: Page, rows: number): Promise<void> {
  await page.getByRole('rowgroup').focus();
  const deadline = performance.now() + LONGEST_READ_MS;
  for (let last = 0; last < rows && performance.now() < deadline;) {
    await page.keyboard.press('End');
    last = await page.evaluate<number>(
      `Math.max(0, ...[...document.querySelectorAll('[role=row]')].map((row) => Number(row.ariaRowIndex)))`,
    );
  }
}

function report(name: string, { frames, longTasks }: Watched): void {
  const shown = (ms: number, width: number): string => ms.toFixed(0).padStart(width);
  const [p95, longest] = [quantile(frames, 0.95), Math.max(0, ...longTasks)];
  const isSmooth = p95 <= GOAL_FRAME_P95_MS && longest <= GOAL_LONGEST_MS;
  console.log(
    [
      name.padEnd(22),
      shown(median(frames), 17),
      shown(p95, 4),
      shown(Math.max(0, ...frames), 8),
      shown(longTasks.length, 31),
      shown(longest, 8),
      `  goal: p95 ${GOAL_FRAME_P95_MS}, longest task ${GOAL_LONGEST_MS}: ${isSmooth ? 'met' : 'missed'}`,
    ].join(' '),
  );
}
