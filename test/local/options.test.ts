import { expect, test } from 'vitest';
import { OptionError, parseOptions } from '../../local/options.ts';

test.each([
  [['--bogus']],
  [['--serve']],
  [['--serve', '--routes', '/does/not/exist.yaml']],
  [['--serve', '--routes', 'package.json', '--repository', 'gitops']],
  [['--serve', '--routes', 'package.json', '--port', 'http']],
  [['--serve', '--routes', 'package.json', '--registry', 'https://contoso.azurecr.io']],
  [['--registry', 'contoso.azurecr.io']],
  [['--applications', '5']],
  [['--serve', '--applications', '0']],
  [['--serve', '--applications', '5', '--routes', 'package.json']],
  [['--serve', '--routes', 'package.json', '--storage', 'README.md']],
  [['--serve', '--routes', 'package.json', '--repository', 'contoso/platform/gitops=README.md']],
  [['--serve', '--routes', 'docs']],
  [['--storage', 'x']],
  [['--scale', 'flex']],
  [['--serve', '--routes', 'package.json', '--scale', 'two']],
  [['--try', '/does/not/exist']],
  [['--try', 'docs', '--fail']],
  [['--serve', '--routes', 'package.json', '--fail']],
])('%j is refused with what is expected', (args) => {
  expect(() => parseOptions(args)).toThrow(OptionError);
});

test('the demo', () => {
  const ports = { port: 7071, devopsPort: 7072 };
  expect(parseOptions([])).toEqual({ mode: 'demo', once: false, fail: false, ...ports });
  expect(parseOptions(['--once', '--fail', '--port', '0'])).toEqual({
    mode: 'demo',
    once: true,
    fail: true,
    ...ports,
    port: 0,
  });
});

test.each([
  ['one', []],
  ['one', ['--scale', 'one']],
  ['flex', ['--scale', 'flex']],
])('the scale is %s with %j', (scale, args) => {
  expect(parseOptions(['--serve', '--routes', 'package.json', ...args])).toMatchObject({ mode: 'serve', scale });
});
