import type { ReactNode } from 'react';
import { useLive, type Connection } from './live.ts';

const SAID: Readonly<Record<Connection, readonly [shape: string, word: string, title: string]>> = {
  connecting: ['○', 'Connecting', 'The stream of events is being opened'],
  live: ['●', 'Live', 'What changes is shown as it happens'],
  lost: ['◍', 'Connection lost', 'What is shown may be old; the page tries again by itself'],
};

/** Whether what is shown is what is. */
export function ConnectionLight(): ReactNode {
  const { connection } = useLive();
  const [shape, word, title] = SAID[connection];
  return (
    <div className={`light ${connection}`} role="status" title={title}>
      <span aria-hidden="true">{shape}</span> {word}
    </div>
  );
}
