import { expect, test } from 'vitest';
import { readReconcileSchedule } from '../../../src/lib/settings/reconcile-schedule.ts';

function read(text: string | undefined) {
  const problems: string[] = [];
  return { schedule: readReconcileSchedule(text, (setting) => problems.push(setting)), problems };
}

test.each([
  [undefined, '30 */10 * * * *'],
  ['off', undefined],
  ['0 */5 * * * *', '0 */5 * * * *'],
  ['0  0,30 8-18 * * 1-5', '0 0,30 8-18 * * 1-5'],
])('%j is taken', (text, schedule) => {
  expect(read(text)).toEqual({ schedule, problems: [] });
});

test.each(['10', '*/5 * * * *', '60 * * * * *', '0 */0 * * * *', '0 5-1 * * * *', '0 x * * * *', 'never'])(
  '%j is a problem, and the schedule is that of no setting',
  (text) => {
    expect(read(text)).toEqual({ schedule: '30 */10 * * * *', problems: ['RECONCILE_SCHEDULE'] });
  },
);
