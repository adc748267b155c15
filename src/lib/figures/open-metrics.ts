import { deploymentStates } from '../model/deployment-states.ts';
import type { EnvironmentName, Figures, Report } from './report.ts';
import type { Spread } from './spread.ts';

/** Updates that wait to be delivered, and messages in each queue. */
export interface Backlog {
  /** Updates in the state `queued`, and the time of the oldest. */
  readonly updates: number;
  /** There are more than `updates`. */
  readonly hasMore?: true;
  readonly oldest?: string;
  /** Approximate; absent if the queue service does not answer. */
  readonly messages?: Readonly<Record<string, number>>;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [Labels, number];

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The text of a report: https://github.com/prometheus/OpenMetrics. Every figure is a gauge of the period. */
export function openMetrics(
  { period, environments }: Report,
  backlog: Backlog & { readonly retries: Readonly<Record<string, number>> },
  now: Date,
): string {
  const of = (read: (figures: Figures) => readonly Sample[]): readonly Sample[] =>
    environments.flatMap((one) => read(one).map(([labels, value]) => [{ ...nameOf(one), ...labels }, value] as const));
  const inPeriod = `from ${period.first} to ${period.last}`;
  return [
    family('period_days', 'Days of the period', [[{}, period.days]]),
    family(
      'deployments',
      `Deployments that reached their goal ${inPeriod}`,
      of((one) => [[{}, one.deployments]]),
    ),
    family(
      'changes',
      `Deployments that reached their goal or failed ${inPeriod}`,
      of((one) => [[{}, one.changes]]),
    ),
    family(
      'failed_changes',
      `Deployments that failed ${inPeriod}`,
      of((one) => [[{}, one.failedChanges]]),
    ),
    family(
      'failing',
      'Whether the last failure is not restored',
      of((one) => [[{}, one.failing]]),
    ),
    family(
      'updates',
      `Updates that arrived ${inPeriod}, by their present state`,
      of(({ states }) => deploymentStates.flatMap((state) => counted({ state }, states[state]))),
    ),
    family(
      'step_seconds',
      'Duration of a step from source commit to Healthy; lead is all of them',
      of(({ durations }) => Object.entries(durations).flatMap(([step, spread]) => spreadSamples({ step }, spread))),
      'seconds',
    ),
    family(
      'restore_seconds',
      'From a failure to the next good deployment',
      of(({ timeToRestore }) => (timeToRestore ? spreadSamples({}, timeToRestore) : [])),
      'seconds',
    ),
    family(
      'retries',
      `Jobs that were queued again ${inPeriod}, by the code of their failure`,
      Object.entries(backlog.retries).map(([code, count]) => [{ code }, count] as const),
    ),
    family('queued_updates', 'Updates that wait to be delivered', [[{}, backlog.updates]]),
    family(
      'queued_age_seconds',
      'Age of the oldest update that waits',
      [[{}, backlog.oldest === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(backlog.oldest)) / 1_000)]],
      'seconds',
    ),
    family(
      'queue_messages',
      'Approximate number of messages in a queue',
      Object.entries(backlog.messages ?? {}).map(([queue, count]) => [{ queue }, count] as const),
    ),
    '# EOF\n',
  ].join('');
}

function nameOf({ route, environment }: EnvironmentName): EnvironmentName & Labels {
  return { route, environment };
}

function counted(labels: Labels, count: number | undefined): readonly Sample[] {
  return count === undefined ? [] : [[labels, count]];
}

function spreadSamples(labels: Labels, { count: _count, ...statistics }: Spread): readonly Sample[] {
  return Object.entries(statistics).map(([statistic, seconds]) => [{ ...labels, statistic }, seconds] as const);
}

function family(name: string, help: string, samples: readonly Sample[], unit?: string): string {
  const full = `tagrelay_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${format(labels)} ${value}\n`);
  return [
    `# TYPE ${full} gauge\n`,
    ...(unit === undefined ? [] : [`# UNIT ${full} ${unit}\n`]),
    `# HELP ${full} ${help}.\n`,
    ...lines,
  ].join('');
}

function format(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escape(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
