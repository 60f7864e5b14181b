import type { Claim } from '../../store/outbox.ts';

/** What the outbox says of an object that has changed. */
export const claimOf = (id: number, more: Partial<Claim> = {}): Claim => ({
  id,
  model: 'Color',
  synchronizer: 'palette',
  generation: 3,
  version: 2,
  stop: false,
  hasChanged: true,
  cause: null,
  priority: 3,
  isMoot: false,
  poller: null,
  isHeld: false,
  foresight: 'tell',
  terms: null,
  isIdle: false,
  rows: [id],
  tries: 0,
  ...more,
});
