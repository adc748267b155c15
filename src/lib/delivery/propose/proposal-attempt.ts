import type { DeliveryAttempt } from '../attempt.ts';
import type { Proposal } from '../delivery.ts';
import type { SourceState } from './source-state.ts';

/** One try to propose a group of updates. */
export interface ProposalAttempt extends DeliveryAttempt {
  readonly proposal: Proposal;
  readonly state: SourceState;
}
