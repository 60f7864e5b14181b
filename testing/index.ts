export {
  fakeContext,
  fakeObject,
  type Descendants,
  type FakeContext,
  type FakeContextOptions,
  type FakeObject,
  type Logged,
  type Written,
} from './fake-context.ts';
export { conformance, type Finding, type Subject } from './conformance.ts';
export { createWorld, type World } from './world.ts';
export type { PlayRunner } from './try-step.ts';
export { makeUp, type Fixture } from './made-up.ts';
export { defineConformance, type ConformanceSetup } from './setup.ts';
