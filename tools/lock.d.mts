/**
 * Do something while no other process that uses the same lock file does.
 *
 * @param onWait is told the lock's file, once, when another holds it
 */
export function withLock<T>(file: string, act: () => Promise<T>, onWait?: (file: string) => void): Promise<T>;

/** Who holds a lock. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
}

/** A lock that was taken: ours until it is given back, or this process ends. */
export interface Lock {
  readonly release: () => Promise<void>;
  readonly holder?: undefined;
}

/** Take a lock, or say who holds it. One whose holder is dead, or was not heard of for half a minute, is free. */
export function tryLock(file: string): Promise<Lock | { readonly holder: Holder }>;
