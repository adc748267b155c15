import type { Measure } from './facts.ts';
import { durations } from './steps.ts';

/** A measure as short text. The numbers of one kind have one first character: see `CellColumns`. */
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
