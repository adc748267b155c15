import { Cron } from 'croner';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowState } from '../../../src/lib/routes/match/window-state.ts';
import type { Window } from '../../../src/lib/routes/route.ts';
import { processorMs } from '../../support/processor-time.ts';

const at = (text: string) => new Date(text);
const recurring = (kind: 'allow' | 'deny', schedule: string, hours: number, timeZone = 'UTC'): Window => ({
  kind,
  schedule,
  durationSeconds: hours * 3_600,
  timeZone,
});
const state = (windows: readonly Window[], time: string) => {
  const found = windowState(windows, at(time));
  return found.isOpen ? 'open' : (found.opens?.toISOString() ?? 'never');
};

describe('[window]', () => {
  test('without windows it is open', () => {
    expect(state([], '2026-11-30T03:00:00Z')).toBe('open');
  });

  const office = recurring('allow', '0 8 * * 1-5', 8, 'Europe/Berlin');

  test.each([
    ['2026-11-30T07:00:00Z', 'open'],
    ['2026-11-30T06:59:59Z', '2026-11-30T07:00:00.000Z'],
    ['2026-11-30T14:58:59Z', 'open'],
    ['2026-11-30T15:00:00Z', '2026-12-01T07:00:00.000Z'],
    ['2026-11-28T12:00:00Z', '2026-11-30T07:00:00.000Z'],
  ])('an allow window in Berlin at %s: %s', (time, expected) => {
    expect(state([office], time)).toBe(expected);
  });

  test('a deny window closes an open allow window, until it ends', () => {
    const windows = [office, recurring('deny', '0 12 * * *', 1, 'Europe/Berlin')];
    expect(state(windows, '2026-11-30T11:30:00Z')).toBe('2026-11-30T12:00:00.000Z');
    const closed = windowState(windows, at('2026-11-30T11:30:00Z'));
    expect(closed).toMatchObject({ reason: 'a deny window is open (0 12 * * * Europe/Berlin)' });
  });

  test('a closure leads to the next opening after it', () => {
    const windows: Window[] = [
      office,
      { kind: 'deny', from: '2026-12-24T00:00:00+01:00', to: '2027-01-02T00:00:00+01:00', reason: 'holidays' },
    ];
    expect(state(windows, '2026-12-24T09:00:00Z')).toBe('2027-01-04T07:00:00.000Z');
    expect(windowState(windows, at('2026-12-24T09:00:00Z'))).toMatchObject({
      reason: 'closed until 2027-01-02T00:00:00+01:00 (holidays)',
    });
  });

  test('deny windows that follow each other without a minute between are one closure', () => {
    const windows = [recurring('deny', '0 0 * * *', 12), recurring('deny', '0 12 * * *', 6)];
    expect(state(windows, '2026-11-30T03:00:00Z')).toBe('2026-11-30T18:00:00.000Z');
  });

  test('windows that never meet are closed for good', () => {
    expect(state([recurring('allow', '0 8 * * *', 1), recurring('deny', '0 7 * * *', 3)], '2026-11-30T03:00:00Z')).toBe(
      'never',
    );
  });
});

describe('[margin] the window stays open for a minute more', () => {
  const hour = recurring('allow', '0 8 * * *', 1);
  test.each([
    ['2026-11-30T08:58:59Z', 'open'],
    ['2026-11-30T08:59:00Z', '2026-12-01T08:00:00.000Z'],
    ['2026-11-30T08:59:30Z', '2026-12-01T08:00:00.000Z'],
  ])('%s: %s', (time, expected) => {
    expect(state([hour], time)).toBe(expected);
  });

  test('a deny window that begins within the minute counts', () => {
    const deny = recurring('deny', '0 9 * * *', 1);
    expect(state([deny], '2026-11-30T08:59:30Z')).toBe('2026-11-30T10:00:00.000Z');
  });
});

describe('[dst]', () => {
  // Clocks go from 2:00 to 3:00 on 2027-03-28 in Berlin, and from 3:00 to 2:00 on 2026-10-25.
  const berlin = recurring('allow', '30 2 * * *', 1, 'Europe/Berlin');

  test('a start in a skipped hour moves to the first instant after it; the duration is elapsed time', () => {
    expect(state([berlin], '2027-03-28T00:59:59Z')).toBe('2027-03-28T01:00:00.000Z');
    expect(state([berlin], '2027-03-28T01:58:00Z')).toBe('open');
    expect(state([berlin], '2027-03-28T02:00:00Z')).toBe('2027-03-29T00:30:00.000Z');
  });

  test('a start in a doubled hour counts once, the first time', () => {
    expect(state([berlin], '2026-10-25T00:29:59Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(state([berlin], '2026-10-25T01:28:00Z')).toBe('open');
    expect(state([berlin], '2026-10-25T01:45:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  test('a window over the change keeps its elapsed time', () => {
    const night = recurring('allow', '0 22 * * *', 8, 'America/New_York');
    // 22:00 EDT on 2026-10-31; 8 h later it is 5:00 EST.
    expect(state([night], '2026-11-01T09:58:00Z')).toBe('open');
    expect(state([night], '2026-11-01T10:00:00Z')).toBe('2026-11-02T03:00:00.000Z');
  });

  test('a half-hour change', () => {
    // Lord Howe Island: from 2:00 to 2:30 on 2026-10-04.
    const island = recurring('allow', '15 2 * * *', 1, 'Australia/Lord_Howe');
    expect(state([island], '2026-10-03T15:00:00Z')).toBe('2026-10-03T15:30:00.000Z');
  });
});

describe('for any windows', () => {
  const minute = 60_000;
  const begin = Date.parse('2026-11-28T00:00:00Z');
  const schedule = fc.constantFrom(
    '* * * * *',
    '*/2 * * * *',
    '0 * * * *',
    '5,50 */6 * * *',
    '0 8 * * 1-5',
    '30 23 28 * *',
  );
  const window = fc.record({
    kind: fc.constantFrom('allow' as const, 'deny' as const),
    schedule,
    durationSeconds: fc.constantFrom(30, 60, 61, 120, 3_600, 7 * 3_600),
    timeZone: fc.constant('UTC'),
  });

  const crons = new Map<string, Cron>();
  const known = new Map<string, boolean>();
  function starts(text: string, at: number): boolean {
    const key = `${text} ${at}`;
    const cron = crons.get(text) ?? new Cron(text, { timezone: 'UTC', paused: true });
    crons.set(text, cron);
    const found = known.get(key) ?? cron.match(new Date(at));
    known.set(key, found);
    return found;
  }

  /** Looks at each minute, as slowly as the rule is written. */
  function isOpen(
    windows: readonly (typeof window extends fc.Arbitrary<infer T> ? T : never)[],
    time: number,
  ): boolean {
    const within = windows.filter((one) => {
      for (let start = Math.floor(time / minute) * minute; start > time - one.durationSeconds * 1000; start -= minute) {
        if (starts(one.schedule, start)) return true;
      }
      return false;
    });
    if (within.some(({ kind }) => kind === 'deny')) return false;
    return windows.every(({ kind }) => kind === 'deny') || within.length > 0;
  }

  test('they are open as a look at each minute says', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), fc.nat(3 * 24 * 60 * 2), (windows, half) => {
        const time = begin + half * 30_000;
        const expected = [0, 30_000, 60_000].every((later) => isOpen(windows, time + later));
        const found = windowState(windows, new Date(time));
        // The look at three instants misses closures that lie between them.
        expect(!found.isOpen || expected).toBe(true);
        const opens = (!found.isOpen && found.opens?.getTime()) || undefined;
        const minuteOfOpening = opens === undefined ? [] : [0, 1000, 30_000, 60_000].map((later) => opens + later);
        expect(minuteOfOpening.filter((instant) => instant <= time || !isOpen(windows, instant))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('a year of openings that are too short is searched in less than 3 s', () => {
    const oddMinutes = recurring('allow', '*/2 * * * *', 61 / 3_600);
    const windows: Window[] = [oddMinutes, { ...oddMinutes, kind: 'deny' }];
    const search = () => expect(state(windows, '2026-11-30T00:00:30Z')).toBe('never');
    expect(processorMs(search)).toBeLessThan(3_000);
  });
});
