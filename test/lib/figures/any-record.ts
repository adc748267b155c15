import fc from 'fast-check';
import { deploymentStates } from '../../../src/lib/model/deployment.ts';
import { buildQueuedAt, recordOf } from './records.ts';

const time = fc
  .integer({ min: 0, max: 5 * 86_400 })
  .map((seconds) => new Date(1.78e12 + seconds * 1_000).toISOString());
/** A record of `shop/api` in `dev` or `prod`, of some days. */
export const anyRecord = fc
  .record({
    tag: fc.integer({ min: 1, max: 50 }).map(String),
    environment: fc.constantFrom('dev', 'prod'),
    states: fc.array(fc.tuple(fc.constantFrom(...deploymentStates), time), { minLength: 1, maxLength: 6 }),
    queuedAt: time,
  })
  .map(({ tag, environment, states, queuedAt }) =>
    recordOf(
      tag,
      states.toSorted(([, a], [, b]) => (a < b ? -1 : 1)),
      { environment, build: buildQueuedAt(queuedAt) },
    ),
  );
