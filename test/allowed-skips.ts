/**
 * Tests that may be skipped, by the beginning of their name (`test/<room>/<file>.test.ts > …`), each with the reason
 * that is printed when the test gives none. `npm test` fails on any other skip.
 */
export const ALLOWED_SKIPS: Record<string, string> = {
  'test/model/corpus.test.ts': 'reads ../shared/corpus, which is not beside this clone',
  'test/generate/corpus.test.ts': 'reads ../shared/corpus, which is not beside this clone',
  'test/plan/model-deps.test.ts': 'reads ../shared/corpus, which is not beside this clone',
  'test/platform/plain-user.test.ts': 'only root can run a part of it as somebody else',
  'test/backend/ssh.test.ts': 'sshd is neither there nor installable',
  'test/engine/instance-steps.test.ts': 'sshd is neither there nor installable',
  'test/client/temporal-target.test.ts': 'openssl is not there to make certificates with',
  'test/ui/page.test.ts': 'chromium is neither there nor installable',
};
