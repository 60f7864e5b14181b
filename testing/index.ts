export {
  fakeContext,
  fakeObject,
  type FakeContext,
  type FakeContextOptions,
  type FakeObject,
  type Logged,
  type Written,
} from './fake-context.ts';
