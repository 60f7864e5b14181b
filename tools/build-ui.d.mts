/**
 * Build the page when its sources have changed since it was built; one process at a time.
 *
 * @param onBuild is told why, before it is built
 * @returns whether it is there as its sources are
 */
export function ensureUi(onBuild?: (why: string) => void): Promise<boolean>;
/** Build the page in any case. @returns whether that went well */
export function buildUi(): Promise<boolean>;
