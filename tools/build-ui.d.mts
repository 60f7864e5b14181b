/** Why the page is to be built; undefined when it is as its sources are, or there are none. */
export function staleness(): string | undefined;
/** Build the page. @returns whether that went well */
export function buildUi(): Promise<boolean>;
