/** A span for people: `40s`, `14m`, `3h`, `2d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes}m`;
  const hours = Math.round(minutes / 60);
  return hours < 49 ? `${hours}h` : `${Math.round(hours / 24)}d`;
}

/** A count down: `8:02`, `0:07`. */
export function countDown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const number = new Intl.NumberFormat('en');

/** `5,032` */
export const count = (value: number): string => number.format(value);

/** `1 object`, `214 objects` */
export const many = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;

/** A time of the day, with its date when that is not today. */
export function clock(time: string | number): string {
  const at = new Date(time);
  const isToday = at.toDateString() === new Date().toDateString();
  const clockTime = at.toLocaleTimeString('en-GB');
  return isToday ? clockTime : `${at.toLocaleDateString('en-CA')} ${clockTime}`;
}

/** Text without the control characters of terminals, and without what turns the order of letters round. */
export function plain(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- that is what they are made of
      .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
      .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
      .replaceAll(/[^\P{Cc}\n\t]/gu, '')
  );
}
