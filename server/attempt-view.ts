import type { ApiAttempt, ApiAttemptDetail, ApiAttemptEvent } from '../client/attempt-wire.ts';
import type { AttemptEvent } from '../store/attempt-events.ts';
import type { AttemptDetail, StoredAttempt } from '../store/attempt-history.ts';

/** Show an attempt as REST does. */
export function viewOfAttempt(attempt: StoredAttempt): ApiAttempt {
  const { number, kind, generation, worker, started, finished, outcome, code, text, summary } = attempt;
  return {
    number,
    kind,
    generation,
    worker,
    started: started.toISOString(),
    finished: finished?.toISOString() ?? null,
    duration_ms: finished === null ? null : finished.getTime() - started.getTime(),
    outcome,
    code,
    text,
    summary,
    has_bundle: attempt.hasBundle,
  };
}

export function viewOfDetail(attempt: AttemptDetail): ApiAttemptDetail {
  return { ...viewOfAttempt(attempt), log: attempt.log };
}

export function viewOfAttemptEvent({ number, at, event }: AttemptEvent): ApiAttemptEvent {
  return { ...(event as { readonly event: string }), number, at: at.toISOString() };
}
