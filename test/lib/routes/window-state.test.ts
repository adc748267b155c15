import { describe, expect, test } from 'vitest';
import { windowState } from '../../../src/lib/routes/match/window-state.ts';
import type { Window } from '../../../src/lib/routes/route.ts';

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
