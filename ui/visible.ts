const isVisible = (): boolean => document.visibilityState !== 'hidden';

/** Wait until somebody sees the page. */
export async function untilVisible(): Promise<void> {
  while (!isVisible())
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
}

/** Abort as soon as nobody sees the page any more. */
export function abortWhenHidden(controller: AbortController): void {
  const abort = (): void => {
    if (!isVisible()) controller.abort(new Error('nobody sees the page'));
  };
  document.addEventListener('visibilitychange', abort, { signal: controller.signal });
}
