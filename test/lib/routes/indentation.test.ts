import { describe, expect, test } from 'vitest';
import { loadText } from './support.ts';

/** Problems as `line:column message`, without the warning on `ALLOW`. */
function problemsOf(...lines: readonly string[]): readonly string[] {
  return loadText(`${lines.join('\n')}\n`)
    .problems.filter(({ code }) => code !== 'allow-unset')
    .map(({ code, line = 0, column = 0, message }) => `${line}:${column} ${code} ${message}`);
}

describe('bad indentation is reported at its own line, once, with the columns', () => {
  test('a key that is indented less than its siblings', () => {
    expect(problemsOf('routes:', '  a:', '    image: x', '   environments: [dev]', '    update: []')).toEqual([
      expect.stringMatching(/^4:4 yaml-syntax .*3 spaces.*expected 4 as in line 3/),
    ]);
  });

  test('a key that is indented more than its siblings', () => {
    expect(problemsOf('routes:', '  a:', '    image: x', '      environments: [dev]', '    update: []')).toEqual([
      expect.stringMatching(/^4:7 yaml-syntax .*6 spaces.*expected 4 as in line 3/),
    ]);
  });

  test('a key below a list that is indented more', () => {
    expect(problemsOf('routes:', '  a:', '    environments: [dev]', '      image: x')).toEqual([
      expect.stringMatching(/^4:7 yaml-syntax .*6 spaces.*expected 4 as in line 3/),
    ]);
  });

  test('a key of a list entry, one column too far left or too far right', () => {
    const head = ['routes:', '  a:', '    update:', '      - file: x'];
    expect(problemsOf(...head, '       helm: { tag: t }')).toEqual([
      expect.stringMatching(/^5:8 yaml-syntax .*7 spaces.*expected 8 as in line 4/),
    ]);
    expect(problemsOf(...head, '          helm: { tag: t }')).toEqual([
      expect.stringMatching(/^5:11 yaml-syntax .*10 spaces.*expected 8 as in line 4/),
    ]);
  });

  test('a list entry that is indented less', () => {
    expect(problemsOf('a:', '  - x', ' - y')).toEqual([
      expect.stringMatching(/^3:2 yaml-syntax .*1 space\b.*expected 2 as in line 2/),
    ]);
  });

  test('a section that is indented at the top', () => {
    expect(problemsOf('defaults:', '  branch: main', ' routes:', '  a: 2')).toEqual([
      expect.stringMatching(/^3:2 yaml-syntax .*1 space\b.*expected .*0 as in line 1/),
    ]);
    expect(problemsOf(' defaults:', '  branch: main', 'routes:', '  a: 2')).toEqual([
      expect.stringMatching(/^1:2 yaml-syntax .*1 space\b.*expected 0 as in line 3/),
    ]);
  });

  test('a tab', () => {
    expect(problemsOf('routes:', '\ta:', '\t\timage: x')).toEqual([
      expect.stringMatching(/^2:1 yaml-syntax .*tab.*expected spaces/),
      expect.stringMatching(/^3:1 yaml-syntax .*tab.*expected spaces/),
    ]);
  });

  test('each of two wrong lines', () => {
    expect(
      problemsOf('routes:', '  a:', '    image: x', '   branch: y', '  b:', '    image: x', '     branch: y'),
    ).toEqual([
      expect.stringMatching(/^4:4 yaml-syntax .*expected 4 as in line 3/),
      expect.stringMatching(/^7:6 yaml-syntax .*expected 4 as in line 6/),
    ]);
  });
});

describe('other syntax problems are reported at their own line', () => {
  test('a key without a colon, or without a space after it', () => {
    for (const line of ['    image x', '    image:x']) {
      expect(problemsOf('routes:', '  a:', line, '    environments: [dev]')).toEqual([
        expect.stringMatching(/^3:5 yaml-syntax .*expected `key: value`/),
      ]);
    }
  });

  test('a bracket that is not closed', () => {
    expect(problemsOf('routes:', '  a:', '    environments: [dev', '    image: x')).toEqual([
      expect.stringMatching(/^3:19 yaml-syntax .*`\[`.*not closed/),
    ]);
    expect(problemsOf('routes:', '  a:', '    update: [{ file: x ]', '    image: x')[0]).toMatch(
      /^3:14 yaml-syntax .*`\{`.*not closed/,
    );
  });

  test('a quote that is not closed', () => {
    expect(problemsOf('routes:', '  a:', "    image: 'x", '    environments: [dev]')).toEqual([
      expect.stringMatching(/^3:12 yaml-syntax .*quote.*not closed/),
    ]);
  });

  test('the quote that is not closed, before others that are', () => {
    const lines = ["a: 'b'", "c: 'd", "e: 'f'", "g: 'h'"];
    expect(problemsOf(...lines)[0]).toMatch(/^2:4 yaml-syntax .*quote.*not closed/);
  });

  test('text never has the value of a line', () => {
    expect(problemsOf('a:', '  password: "hunter2', '   b: c').join()).not.toContain('hunter2');
  });
});
