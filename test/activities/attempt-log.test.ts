import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { openAttemptLog } from '../../activities/attempt-log.ts';

/** Log this, with `hunter2` and 4711 for secrets. @returns what is kept, without its times, and what the process's log has of it */
function logging(said: (log: ReturnType<typeof openAttemptLog>['log']) => void) {
  const passed: Record<string, unknown>[] = [];
  const to = pino(
    { level: 'debug', base: null, timestamp: false },
    { write: (line: string) => passed.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const { log, excerpt } = openAttemptLog(to.child({ model: 'Color', id: 7 }), new Set(['hunter2', '4711']));
  said(log);
  return { kept: excerpt()?.replaceAll(/^\d{4}-\S+Z /gm, '') ?? null, passed };
}

describe('what a step logs', () => {
  test('is kept in lines for people, and passed on with what the log is bound to', () => {
    const { kept, passed } = logging((log) => {
      log.info({ url: 'u' }, 'created');
      log.debug({}, 'done');
    });
    expect(kept).toBe('info created {"url":"u"}\ndebug done');
    expect(passed).toEqual([
      { level: 30, model: 'Color', id: 7, url: 'u', msg: 'created' },
      { level: 20, model: 'Color', id: 7, msg: 'done' },
    ]);
  });

  test('is kept with the time of each line', () => {
    const { log, excerpt } = openAttemptLog(pino({ level: 'silent' }), new Set());
    log.warn({}, 'late');
    expect(excerpt()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn late$/);
  });

  test('is nothing when it logs nothing', () => {
    expect(logging(() => undefined).kept).toBeNull();
  });

  test('holds no secret, neither here nor there, in whatever form it is logged', () => {
    const { kept, passed } = logging((log) => {
      log.info(
        { pin: 'hunter2', code: 4711, list: ['a hunter2'], deep: { pin: 'hunter23' } },
        'it is hunter2',
      );
      log.error({ err: new Error('hunter2 is wrong') }, 'failed');
    });
    for (const text of [kept, JSON.stringify(passed)]) {
      expect(text).not.toMatch(/hunter2|4711/);
      expect(text).toContain('***');
    }
  });

  test('may be anything, as long as it can be logged at all', () => {
    const circle: Record<string, unknown> = { name: 'circle', bytes: 'a\0b' };
    circle['self'] = circle;
    const { kept } = logging((log) => {
      log.info(circle, 'circle');
      log.info({ big: undefined, what: Symbol('x') }, '');
    });
    expect(kept?.split('\n')).toEqual([
      expect.stringMatching(/^info circle \{.*"bytes":"a�b".*"\[Circular\]"/),
      expect.stringMatching(/^info/),
    ]);
  });

  test('is kept to the last of it, when it is much', () => {
    const { kept } = logging((log) => {
      for (let at = 0; at < 1_000; at += 1) log.info({}, `line ${at}`);
    });
    const lines = kept?.split('\n') ?? [];
    expect(lines).toHaveLength(101);
    expect(lines[0]).toBe('(900 earlier lines are left out)');
    expect(lines.at(-1)).toBe('info line 999');

    const long = logging((log) => {
      for (let at = 0; at < 50; at += 1) log.info({}, `${at} ${'x'.repeat(5_000)}`);
    }).kept;
    expect(long?.length).toBeLessThan(17_000);
    expect(long).toContain('info 49 ');
  });
});
