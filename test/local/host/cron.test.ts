import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../local/host/cron.ts';

const from = '2026-11-21T03:20:30.500Z'; // a Saturday

describe('the next occurrence', () => {
  it.each([
    ['* * * * * *', '2026-11-21T03:20:31.000Z'],
    ['*/10 * * * * *', '2026-11-21T03:20:40.000Z'],
    ['30 * * * * *', '2026-11-21T03:21:30.000Z'],
    ['0 */5 * * * *', '2026-11-21T03:25:00.000Z'],
    ['*/5 * * * *', '2026-11-21T03:25:00.000Z'],
    ['0 0 * * * *', '2026-11-21T04:00:00.000Z'],
    ['0 30 9 * * Mon-Fri', '2026-11-23T09:30:00.000Z'],
    ['0 0 0 * * 0', '2026-11-22T00:00:00.000Z'],
    ['0 0 0 * * Sunday', '2026-11-22T00:00:00.000Z'],
    ['0 0 12 1 Jan,Jul *', '2027-01-01T12:00:00.000Z'],
    ['0 0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
    ['0 0 0 31 * *', '2026-12-31T00:00:00.000Z'],
    ['0 0 5-7 * * *', '2026-11-21T05:00:00.000Z'],
    ['0 0 1/6 * * *', '2026-11-21T07:00:00.000Z'],
    ['0 0 0-20/10 * * *', '2026-11-21T10:00:00.000Z'],
    ['5,10,31 20 3 * * *', '2026-11-21T03:20:31.000Z'],
    // The day and the day of the week must both match.
    ['0 0 0 13 * 5', '2027-08-13T00:00:00.000Z'],
  ])('of %s is %s', (expression, expected) => {
    expect(parseCron(expression)(new Date(from))?.toISOString()).toBe(expected);
  });

  it('is later than the given time, also where that is an occurrence', () => {
    expect(parseCron('0 0 0 * * *')(new Date('2026-11-21T00:00:00Z'))?.toISOString()).toBe('2026-11-22T00:00:00.000Z');
  });

  it('is missing where the day does not exist', () => {
    expect(parseCron('0 0 0 30 2 *')(new Date(from))).toBeUndefined();
  });
});

it.each([
  '',
  '* * * *',
  '* * * * * * *',
  '60 * * * * *',
  '* 60 * * * *',
  '* * 24 * * *',
  '* * * 0 * *',
  '* * * * 13 *',
  '* * * * * 7',
  '* * * * * Foo',
  '*/0 * * * * *',
  '5-1 * * * * *',
  '1- * * * * *',
  'a * * * * *',
  '1,,2 * * * * *',
  '-1 * * * * *',
  '1.5 * * * * *',
])('%j is no schedule', (expression) => {
  expect(() => parseCron(expression)).toThrow(RangeError);
});
