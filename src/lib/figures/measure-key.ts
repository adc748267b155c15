import type { DeploymentState } from '../model/deployment.ts';
import type { Measure } from './facts.ts';
import { durations } from './steps.ts';

/** A measure as short text: rows of days hold many. `readMeasure` reads it. */
export function measureKey(measure: Measure): string {
  switch (measure.kind) {
    case 'state':
      return `=${measure.state}`;
    case 'deployment':
      return 'd';
    case 'change':
      return 'c';
    case 'failed-change':
      return 'f';
    case 'duration':
      return `${durations.indexOf(measure.of)}:${measure.seconds}`;
    case 'good':
      return `+${measure.secondOfDay}`;
    case 'bad':
      return `-${measure.secondOfDay}`;
    default:
      return measure satisfies never;
  }
}

/** @returns `undefined` for a key of a newer version */
export function readMeasure(key: string): Measure | undefined {
  const rest = key.slice(1);
  switch (key.slice(0, 1)) {
    case '=':
      return { kind: 'state', state: rest as DeploymentState };
    case 'd':
      return { kind: 'deployment' };
    case 'c':
      return { kind: 'change' };
    case 'f':
      return { kind: 'failed-change' };
    case '+':
      return { kind: 'good', secondOfDay: Number(rest) };
    case '-':
      return { kind: 'bad', secondOfDay: Number(rest) };
    default: {
      const of = durations[Number(key[0])];
      return of && rest.startsWith(':') ? { kind: 'duration', of, seconds: Number(rest.slice(1)) } : undefined;
    }
  }
}
