import { expect, test } from 'vitest';
import { stepSeconds } from '../../../src/lib/figures/steps.ts';
import { buildQueuedAt, recordOf } from './records.ts';

const day = '2026-11-20T';
const good = `${day}10:10:00.000Z`;

function steps(more: Parameters<typeof recordOf>[2]) {
  const record = recordOf(
    '1',
    [
      ['queued', `${day}10:00:00.000Z`],
      ['committed', `${day}10:01:00.000Z`],
      ['healthy', good],
    ],
    more,
  );
  return Object.fromEntries(stepSeconds(record, good));
}

const build = buildQueuedAt(`${day}09:50:00.000Z`);

test('the lead time begins at the source commit', () => {
  const source = { commit: 'a', committedAt: `${day}09:40:00.000Z` };
  expect(steps({ build, source })).toMatchObject({ lead: 1_800, build: 1_200, queue: 0, commit: 60 });
});

test('without the time of the source commit, and if its clock is ahead, the lead time begins at the build', () => {
  expect(steps({ build, source: { commit: 'a' } })).toMatchObject({ lead: 1_200, build: 600 });
  const source = { commit: 'a', committedAt: `${day}09:59:00.000Z` };
  expect(steps({ build, source })).toMatchObject({ lead: 1_200, build: 600 });
});

test('a source that only labels claim has no lead time', () => {
  const source = { commit: 'a', committedAt: `${day}09:40:00.000Z` };
  expect(steps({ source })).not.toHaveProperty('lead');
});
