import { isAutomaticRollback } from '../../model/tag-update.ts';
import type { PullRequestOptions } from '../../routes/route.ts';
import { isHeldBack } from '../../routes/match/is-held-back.ts';
import type { Inspection } from '../../values/inspect.ts';

/** The options of a pull request that several updates share, by their routes. */
export function proposalOptions(updates: readonly Inspection[]): Omit<PullRequestOptions, 'group'> {
  const options = updates.flatMap(({ resolved }) => resolved.environment.pullRequest ?? []);
  const draft = options.some((one) => one.draft);
  return {
    reviewers: [...new Set(options.flatMap(({ reviewers }) => reviewers))],
    labels: [...new Set(options.flatMap(({ labels }) => labels))],
    workItems: [...new Set(options.flatMap(({ workItems }) => workItems))],
    draft,
    // Each update in it has to ask for auto-complete; a draft cannot be completed.
    // The Git host would complete in a closed window.
    autoComplete:
      !draft &&
      options.length === updates.length &&
      options.every(({ autoComplete }) => autoComplete) &&
      // A person decides on a rollback that is only proposed.
      !updates.some(({ resolved }) => isAutomaticRollback(resolved.update)) &&
      !updates.some(({ resolved }) => isHeldBack(resolved.environment)),
    mergeStrategy: options[0]?.mergeStrategy ?? 'squash',
  };
}
