import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsOf } from '../../../src/lib/figures/facts.ts';
import type { Fact, Measure } from '../../../src/lib/figures/facts.ts';
import { makeReport } from '../../../src/lib/figures/report.ts';
import { durations } from '../../../src/lib/figures/steps.ts';
import { tallyOf } from '../../../src/lib/figures/tally.ts';
import { deploymentStates } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { anyRecord } from './any-record.ts';
import { daysOf } from './tallies.ts';

const period = { first: '2026-05-28', last: '2026-06-06', days: 10 };

function spread(list: readonly number[]) {
  const sorted = list.toSorted((a, b) => a - b);
  const ranked = (part: number) => sorted[Math.ceil(sorted.length * part) - 1];
  const mean = Math.round(sorted.reduce((sum, one) => sum + one, 0) / sorted.length);
  return { count: sorted.length, mean, median: ranked(0.5), p90: ranked(0.9), longest: ranked(1) };
}

/** The figures of facts, one by one. */
function dayFigures(facts: readonly Fact[]) {
  const measures = facts.map(({ measure }) => measure);
  const count = (is: (measure: Measure) => boolean) => measures.filter(is).length;
  const [changes, failedChanges] = [
    count(({ kind }) => kind === 'change'),
    count(({ kind }) => kind === 'failed-change'),
  ];
  const secondsOf = (of: string) =>
    measures.flatMap((one) => (one.kind === 'duration' && one.of === of ? [one.seconds] : []));
  return {
    deployments: count(({ kind }) => kind === 'deployment'),
    durations: Object.fromEntries(
      durations.flatMap((of) => (secondsOf(of).length === 0 ? [] : [[of, spread(secondsOf(of))]])),
    ),
    changes,
    failedChanges,
    ...(changes > 0 && { changeFailureRate: failedChanges / changes }),
    states: Object.fromEntries(
      deploymentStates
        .map((state) => [state, count((one) => one.kind === 'state' && one.state === state)] as const)
        .filter(([, number]) => number > 0),
    ),
  };
}

/** From each first failure of one environment to the next good deployment. */
function restores(facts: readonly Fact[]) {
  const turns = facts
    .flatMap(({ day, measure }) =>
      measure.kind === 'good' || measure.kind === 'bad'
        ? [{ at: Date.parse(day) / 1_000 + measure.secondOfDay, isGood: measure.kind === 'good' }]
        : [],
    )
    .toSorted((a, b) => a.at - b.at || Number(a.isGood) - Number(b.isGood));
  const seconds: number[] = [];
  let since: number | undefined;
  for (const { at, isGood } of turns) {
    if (!isGood) since ??= at;
    else if (since !== undefined) {
      seconds.push(at - since);
      since = undefined;
    }
  }
  return { seconds, failing: since === undefined ? 0 : 1 };
}

function reported(records: readonly Deployment[], environments: readonly string[]) {
  const ofNames = environments
    .map((name) => records.filter(({ update }) => update.environment === name).flatMap(factsOf))
    .map(restores);
  const seconds = ofNames.flatMap((one) => one.seconds);
  const figures = dayFigures(records.flatMap(factsOf));
  return {
    ...figures,
    deploymentsPerDay: figures.deployments / period.days,
    ...(seconds.length > 0 && { timeToRestore: spread(seconds) }),
    failing: ofNames.reduce((sum, { failing }) => sum + failing, 0),
  };
}

test('a report has the figures of each record: over all, of each environment, of each day, and of a part', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 60 }), (records) => {
      const facts = records.flatMap(factsOf);
      const names = ['dev', 'prod'].filter((name) => records.some(({ update }) => update.environment === name));
      const ofName = (name: string) => ({
        route: 'shop/api',
        environment: name,
        ...reported(
          records.filter(({ update }) => update.environment === name),
          [name],
        ),
      });
      const days = daysOf(tallyOf(records));
      expect(makeReport(days, period)).toEqual({
        period,
        total: reported(records, names),
        environments: names.map(ofName),
        days: [...new Set(facts.map(({ day }) => day))]
          .toSorted()
          .map((day) => Object.assign({ day }, dayFigures(facts.filter((fact) => fact.day === day)))),
      });
      expect(makeReport(days, period, { environment: 'prod' }).environments).toEqual(
        names.includes('prod') ? [ofName('prod')] : [],
      );
    }),
    { numRuns: 100 },
  );
});
