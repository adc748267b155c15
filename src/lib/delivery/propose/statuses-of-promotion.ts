import { contextName, fit, longestDescription } from '../../git/status-text.ts';
import type { Status } from '../../git/statuses.ts';
import type { SourceVerdict } from '../../promotion/judge.ts';
import type { Hold } from '../windows/hold.ts';

/** The state of a promotion: of each source, and of the window. */
export interface PromotionView {
  readonly tag: string;
  /** Empty if the route no longer has the sources. */
  readonly sources: readonly SourceVerdict[];
  /** Why the promotion may not be written now. */
  readonly hold: Hold | undefined;
}

const genre = 'tagrelay';

/**
 * The statuses of a promotion's pull request: `tagrelay/promotion/<source>` for each source, and `tagrelay/window`.
 *
 * @param shown names of statuses that the pull request has already; those of former sources become `notApplicable`
 */
export function promotionStatuses(view: PromotionView, shown: readonly string[]): readonly Status[] {
  const sources = view.sources.map((source) => sourceStatus(source, view.tag));
  const wanted = [...sources, windowStatus(view.hold)];
  const names = new Set(wanted.map(({ context }) => context.name));
  const gone = shown
    .filter((name) => !names.has(name))
    .map((name) => status(name, 'notApplicable', 'no source any more'));
  return [...wanted, ...gone];
}

/** The window alone: known without a question to Git. */
export function windowStatus(hold: Hold | undefined): Status {
  if (!hold) return status('window', 'succeeded', 'open');
  // Without a next opening it waits for nothing.
  return status('window', hold.opensAt === undefined ? 'failed' : 'pending', hold.reason);
}

function sourceStatus({ environment, verdict }: SourceVerdict, tag: string): Status {
  const name = contextName(`promotion/${environment}`);
  switch (verdict.kind) {
    case 'promoted': {
      const [since] = verdict.sources.map((source) => source.since.slice(0, 16).replace('T', ' '));
      const text = since === undefined ? '' : ` since ${since} UTC`;
      return status(name, 'succeeded', `${tag} is healthy in ${environment}${text}`);
    }
    case 'waits':
      return status(name, 'pending', verdict.reason);
    case 'refused':
      return status(name, 'failed', verdict.reason);
    default:
      return verdict satisfies never;
  }
}

function status(name: string, state: Status['state'], text: string): Status {
  return { state, context: { genre, name }, description: fit(text, longestDescription) };
}

/** A status as text to compare. */
export function statusValue({ state, description }: Status): string {
  return `${state} ${description}`;
}
