import { didYouMean } from '../read/suggest.ts';
import { parseDuration } from '../../model/duration.ts';
import { isTimeZone } from '../match/wall-time.ts';
import { parseSchedule } from '../match/schedule.ts';
import { windowState } from '../match/window-state.ts';
import { formatValue } from '../read/format-value.ts';
import type { EnvironmentSettings, WindowSettings } from '../read/schema.ts';
import type { Step } from '../read/source-map.ts';
import type { Window } from '../route.ts';
import type { Report } from './expand-updates.ts';

type Text = (template: string, at: readonly Step[]) => string | undefined;

const longestDurationSeconds = 366 * 24 * 3_600;

/** The windows of an environment. A window with a problem is left out. */
export function expandWindows(
  { windows }: EnvironmentSettings,
  text: Text,
  now: Date | undefined,
  report: Report,
): readonly Window[] {
  const expanded = (windows ?? []).flatMap((window, index) => {
    const at = ['windows', index];
    const reportIn: Report = (fault, path) => report(fault, [...at, ...path]);
    const textIn: Text = (template, path) => text(template, [...at, ...path]);
    const isClosure = window.from !== undefined || window.to !== undefined;
    return (isClosure ? closure(window, textIn, reportIn) : recurring(window, textIn, reportIn)) ?? [];
  });
  const counted = now ? expanded : expanded.filter((window) => 'schedule' in window);
  const state = windowState(counted, now ?? new Date(0));
  if (!state.isOpen && state.opens === undefined) {
    const message = 'the environment is never open within a year; expected a window in which it may be written';
    report({ code: 'window-never', message }, ['windows']);
  }
  return expanded;
}

function recurring(window: WindowSettings, text: Text, report: Report): Window | undefined {
  const missing = (['schedule', 'duration', 'timeZone'] as const).filter((field) => window[field] === undefined);
  if (missing.length > 0) {
    const message = `${missing.map((field) => `\`${field}\``).join(' and ')} missing; expected for example { kind: ${window.kind}, schedule: '0 8 * * 1-5', duration: 8h, timeZone: Europe/Berlin }`;
    report({ code: 'window-invalid', message }, []);
    return undefined;
  }
  if (window.reason !== undefined) {
    report({ code: 'window-invalid', message: '`reason` belongs to a closure with `from` and `to`' }, ['reason']);
  }
  const schedule = text(window.schedule ?? '', ['schedule']);
  const duration = text(window.duration ?? '', ['duration']);
  const timeZone = text(window.timeZone ?? '', ['timeZone']);
  if (schedule === undefined || duration === undefined || timeZone === undefined) return undefined;
  const seconds = parseDuration(duration);
  const scheduleProblem = parseSchedule(schedule);
  if (typeof scheduleProblem === 'string') {
    report({ code: 'window-invalid', message: `${formatValue(schedule)} ${scheduleProblem}` }, ['schedule']);
  }
  if (seconds === undefined || seconds === 0 || seconds > longestDurationSeconds) {
    const message = `${formatValue(duration)} is not a duration; expected a number and s, m, h or d, such as 90m or 8h, at most 366d`;
    report({ code: 'window-invalid', message }, ['duration']);
    return undefined;
  }
  if (!isTimeZone(timeZone)) {
    const near = didYouMean(timeZone, Intl.supportedValuesOf('timeZone')) || ';';
    const message = `${formatValue(timeZone)} is not a time zone${near} expected an IANA name such as Europe/Berlin, America/New_York or UTC`;
    report({ code: 'window-invalid', message }, ['timeZone']);
    return undefined;
  }
  if (typeof scheduleProblem === 'string') return undefined;
  return { kind: window.kind, schedule, durationSeconds: seconds, timeZone };
}

/** A date, a time, and an offset or `Z`. */
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

function closure(window: WindowSettings, text: Text, report: Report): Window | undefined {
  const wrong = (message: string, path: readonly Step[]): undefined => {
    report({ code: 'window-invalid', message }, path);
  };
  const { kind, from, to } = window;
  if (kind === 'allow') return wrong('`from` and `to` close; expected `kind: deny`', ['kind']);
  if (from === undefined || to === undefined) {
    return wrong(`\`${from === undefined ? 'from' : 'to'}\` is missing; expected both \`from\` and \`to\``, []);
  }
  const other = (['schedule', 'duration', 'timeZone'] as const).find((field) => window[field] !== undefined);
  if (other !== undefined) return wrong(`\`${other}\` does not go with \`from\` and \`to\`; remove it`, [other]);
  const times = (
    [
      ['from', from],
      ['to', to],
    ] as const
  ).map(([field, template]) => {
    const written = text(template, [field]);
    if (written === undefined) return undefined;
    if (dateTime.test(written) && !Number.isNaN(Date.parse(written))) return written;
    return wrong(
      `${formatValue(written)} is not a time with an offset; expected for example 2026-12-24T00:00:00+01:00`,
      [field],
    );
  });
  const [start, end] = times;
  if (start === undefined || end === undefined) return undefined;
  if (Date.parse(end) <= Date.parse(start)) {
    return wrong(`${formatValue(end)} is not later than \`from\`; expected a later time`, ['to']);
  }
  const reason = window.reason === undefined ? undefined : text(window.reason, ['reason']);
  return { kind: 'deny', from: start, to: end, ...(reason !== undefined && { reason }) };
}
