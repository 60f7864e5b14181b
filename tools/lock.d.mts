/**
 * Do something while no other process that uses the same lock file does.
 *
 * @param onWait is told the lock's file, once, when another holds it
 */
export function withLock<T>(file: string, act: () => Promise<T>, onWait?: (file: string) => void): Promise<T>;
