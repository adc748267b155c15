import { expect, test } from 'vitest';
import { openMetrics } from '../../../src/lib/figures/open-metrics.ts';
import { readPeriod } from '../../../src/lib/figures/period.ts';
import { makeReport } from '../../../src/lib/figures/report.ts';
import { tallyOf } from '../../../src/lib/figures/tally.ts';
import { recordOf } from './records.ts';
import { daysOf } from './tallies.ts';

const now = new Date('2026-11-29T12:00:00.000Z');
/** A line of the format: metric name, labels whose values are escaped, number. */
const sample = /^[a-z_]+(?:\{[a-z0-9]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z0-9]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[\d.]+$/;

test('every line has the format, whatever names hold; spreads and the queue are there', () => {
  const period = readPeriod('30d', undefined, now);
  if (typeof period === 'string') throw new Error(period);
  const record = recordOf(
    '1',
    [
      ['queued', '2026-11-20T10:00:00.000Z'],
      ['committed', '2026-11-20T10:00:30.000Z'],
      ['failed', '2026-11-20T10:01:00.000Z'],
      ['healthy', '2026-11-20T10:03:00.000Z'],
    ],
    { route: 'a"b\\c} 1\n# EOF', environment: 'prod' },
  );
  const report = makeReport(daysOf(tallyOf([record])), period);
  const backlog = { updates: 2, oldest: '2026-11-29T11:59:00.000Z', messages: { work: 3 } };
  const text = openMetrics(report, { ...backlog, retries: { throttled: 7 } }, now);
  const lines = text.split('\n');
  expect(lines.at(-1)).toBe('');
  expect(lines.at(-2)).toBe('# EOF');
  for (const line of lines.slice(0, -2))
    expect(line).toMatch(line.startsWith('# ') ? /^# (?:TYPE|UNIT|HELP) / : sample);
  expect(text).toContain('step="commit",statistic="median"} 30\n');
  expect(text).toContain('tagrelay_restore_seconds{');
  expect(text).toContain('tagrelay_retries{code="throttled"} 7\n');
  expect(text).toContain('tagrelay_queued_age_seconds 60\n');
  expect(text).toContain('tagrelay_queue_messages{queue="work"} 3\n');
});

test.each([
  ['30d', undefined, { first: '2026-10-31', last: '2026-11-29', days: 30 }],
  ['1d', '2026-11-01', { first: '2026-11-01', last: '2026-11-01', days: 1 }],
  ['2026-11-01', '2026-11-30', { first: '2026-11-01', last: '2026-11-30', days: 30 }],
])('the period of %s until %s', (since, until, period) => {
  expect(readPeriod(since, until, now)).toEqual(period);
});
