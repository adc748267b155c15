import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { canMatch } from '../../../src/lib/routes/match/regex-language.ts';

describe('whether an expression can give a text', () => {
  test.each([
    ['^v(\\d+\\.\\d+\\.\\d+)$', true],
    ['^v(\\d+\\.\\d+\\.\\d+(?:-rc\\.\\d+)?)$', true],
    ['^(.+)$', true],
    ['^release-(.*)$', true],
    ['^v\\d+\\.\\d+\\.\\d+$', true],
    ['-rc', true],
    ['^main-(\\d+)$', false],
    ['^main-(\\d+)-[0-9a-f]{6,40}$', false],
    ['^(\\d+\\.\\d+)$', false],
    ['^main-\\d+$', false],
    ['^(v)\\d+\\.\\d+\\.\\d+$', false],
    ['^(?:(x)|1\\.2\\.3)$', false],
    ['^(01\\.2\\.3)$', false],
    ['^(1\\.2\\.3-01)$', false],
    ['^(?i)V(1\\.\\d\\.\\d)$', true],
    ['[.]5$', true],
    ['^_', false],
  ])('%s as a semantic version: %s', (source, expected) => {
    expect(canMatch(RE2JS.compile(source), 'semver')).toBe(expected);
  });

  test.each([
    ['^main-(\\d+)$', true],
    ['^main-([a-f]+)$', false],
    ['^\\d{8}$', true],
    ['^main', false],
    ['(\\d{8}\\.\\d+)', false],
  ])('%s as a whole number: %s', (source, expected) => {
    expect(canMatch(RE2JS.compile(source), 'number')).toBe(expected);
  });

  test.each([
    ['^main-', true],
    ['/', false],
    ['^$', false],
    ['a b', false],
    ['x^', false],
    ['$x', false],
    ['(é)', false],
  ])('%s as any tag: %s', (source, expected) => {
    expect(canMatch(RE2JS.compile(source), 'tag')).toBe(expected);
  });
});
