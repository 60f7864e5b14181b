import { describe, expect, test } from 'vitest';
import { checkFeedback } from '../../store/validate.ts';
import { field, model } from '../support/models.ts';

const MACHINE = model('Machine', {
  fields: [
    field('serial', { state: 'feedback' }),
    field('tries', { state: 'feedback', type: 'int32', default: 0 }),
    field('address', { state: 'feedback', contentType: 'ip' }),
    field('label', { state: 'feedback', contentType: 'stripped' }),
    field('ports', { state: 'feedback', repeated: true, nullable: true }),
  ],
});

const stored = (feedback: Record<string, unknown>): unknown => ({
  ...checkFeedback(MACHINE, feedback).scalars,
});
const said = (feedback: Record<string, unknown>): string[] =>
  checkFeedback(MACHINE, feedback).faults.map(({ message }) => message);

describe('what a step reports', () => {
  test('may be null again, as it was before, where it has no default', () => {
    expect(said({ serial: null })).toEqual([]);
    expect(said({ tries: null })).toEqual(['tries must be a whole number']);
  });

  test('is of its content type, and stored as a write would be', () => {
    expect(said({ address: 'here' })).toEqual([expect.stringContaining('address must be an IP address')]);
    expect(stored({ address: '10.0.0.1', label: ' x ', ports: null })).toEqual({
      address: '10.0.0.1',
      label: 'x',
      ports: [],
    });
  });
});
