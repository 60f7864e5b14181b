/**
 * Let those who ask at the same time share an answer that costs much.
 *
 * Who asks while one is being found gets the next: so one is looked for at a time, however many ask, and no answer is
 * older than its question. Where it cannot be found, all who share it hear why.
 */
export function shared<T>(find: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;

  const findNext = async (): Promise<T> => {
    await last.catch(() => undefined);
    // Who asks from here on may have changed something that this one does not see any more.
    next = undefined;
    const answer = find();
    last = answer;
    return answer;
  };
  return () => (next ??= findNext());
}
