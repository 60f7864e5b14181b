import type { TestCase, TestModule, TestRunResult, TestSuite } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
  skipped: readonly SkippedTest[];
}

export interface SkippedTest {
  /** `test/<room>/<file>.test.ts > a cohort > holds back …` */
  name: string;
  /** From `context.skip(reason)`. */
  reason: string | undefined;
}

/** Count what a run of vitest came to. Whatever kept a test from running counts as a failure, too. */
export function tally({ testModules, unhandledErrors }: TestRunResult): Tally {
  let passed = 0;
  let failed = unhandledErrors.length;
  const skipped: SkippedTest[] = [];
  for (const module of testModules) {
    for (const suite of [module, ...module.children.allSuites()]) {
      if (suite.errors().length > 0) failed++;
    }
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passed++;
      else if (result.state === 'skipped' && !isInBrokenSuite(test)) {
        skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason: result.note });
      } else failed++;
    }
  }
  return { passed, failed, skipped };
}

/** The tests of a suite whose beforeAll failed are «skipped» to vitest. */
function isInBrokenSuite(test: TestCase): boolean {
  let parent: TestSuite | TestModule = test.parent;
  for (;;) {
    if (parent.errors().length > 0) return true;
    if (parent.type === 'module') return false;
    parent = parent.parent;
  }
}
