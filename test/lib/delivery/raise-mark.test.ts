import { describe, expect, test } from 'vitest';
import type { Mark } from '../../../src/lib/model/deployment.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';
import { markAfter } from '../../../src/lib/delivery/plan/decide.ts';

const environment = {
  tags: { order: 'numeric', match: '^main-(\\d+)-', allowMovingTags: false },
} as Partial<Environment>;
const resolved = { environment: environment as Environment };
const mark = (tag: string, pushedAt: string): Mark => ({ tag, pushedAt, commit: tag });

describe('tags that are equal by the order', () => {
  const first = mark('main-7-aaa', '2026-01-01T00:00:00Z');
  const second = mark('main-7-bbb', '2026-01-02T00:00:00Z');

  test('the later push raises the mark', () => {
    expect(markAfter(resolved, first, second, first)).toBe(second);
  });

  test('a late writer does not lower it to the earlier push', () => {
    expect(markAfter(resolved, second, first, undefined)).toBeUndefined();
  });
});

test('a higher tag raises it, a lower one does not, one that cannot be ordered gives way', () => {
  const seven = mark('main-7-aaa', '2026-01-05T00:00:00Z');
  const eight = mark('main-8-aaa', '2026-01-01T00:00:00Z');
  expect(markAfter(resolved, seven, eight, undefined)).toBe(eight);
  expect(markAfter(resolved, eight, seven, undefined)).toBeUndefined();
  expect(markAfter(resolved, mark('v1', '2026-01-09T00:00:00Z'), seven, undefined)).toBe(seven);
});
