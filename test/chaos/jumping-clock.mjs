/**
 * Loaded into a process before its own code: a wall clock that is set anew every two seconds, by an hour to a day ahead or
 * behind. Only what Node's code is told is moved, not what other code asks the kernel for.
 */
const HOUR_MS = 3_600_000;
const EVERY_MS = 2_000;

const RealDate = Date;
let aheadMs = 0;
const set = () => {
  const distanceMs = Math.round(HOUR_MS * (1 + 23 * Math.random()));
  aheadMs = Math.random() < 0.5 ? distanceMs : -distanceMs;
};
set();
setInterval(set, EVERY_MS).unref();

const now = () => RealDate.now() + aheadMs;
globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});
