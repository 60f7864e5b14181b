import { describe, expect, test } from 'vitest';
import { renderDiagnostics } from '../../model/render-diagnostics.ts';
import { said } from './program.ts';

const render = (text: string): string => renderDiagnostics(said(text), new Map([['a.xproto', text]]));

describe('a diagnostic', () => {
  test('shows place, sentence, line, caret and remedy', () => {
    const text = [
      'option app_label = "app";',
      'message ExampleService (Service) {}',
      'message I (XOSBase) {',
      '    required manytoone owner->ExampleServise:instances = 2;',
      '}',
    ].join('\n');
    expect(render(text)).toBe(
      [
        'a.xproto:4:31  error  a link needs a peer: `manytoone owner->ExampleServise` names no known model',
        '    4 |     required manytoone owner->ExampleServise:instances = 2;',
        '      |                               ^^^^^^^^^^^^^^ did you mean ExampleService?',
        '',
      ].join('\n'),
    );
  });

  test('points at the place also behind tabs, and in a line too long to show', () => {
    const [, tabbed = '', caret = ''] = render('option app_label = "app";\t\tnonsense').split('\n');
    expect(tabbed.slice(caret.indexOf('^'))).toBe('nonsense');

    const long = `option app_label = "app"; option x = "${'y'.repeat(5000)}"; nonsense; option z = "${'y'.repeat(5000)}";`;
    const [, line = '', below = ''] = render(long).split('\n');
    expect(line.length).toBeLessThan(120);
    expect(line.slice(below.indexOf('^')).startsWith('nonsense')).toBe(true);
  });

  test('never writes what would act on a terminal', () => {
    const escape = '\u001b[2J';
    const shown = render(
      `option app_label = "app"; message M (XOSBase) { required int32 a = 1 [default = "${escape}\u202e"]; }`,
    );
    expect(shown).toContain('·[2J·');
    expect(shown).not.toContain(escape);
    expect(shown).not.toContain('\u202e');
  });

  test('without the text of its file is still a sentence', () => {
    expect(renderDiagnostics(said('option app_label = "app"; nonsense'), new Map())).toMatch(
      /^a\.xproto:1:27 {2}error {2}expected/,
    );
  });
});
