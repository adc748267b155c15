import { matchesGlob } from './glob.ts';
import type { Environment } from '../route.ts';

/** The build of an image. */
export interface BuildOrigin {
  /** Full ref that was built: `refs/heads/main`, `refs/pull/7/merge`. */
  readonly sourceBranch: string;
  /** `BuildReason` of the Azure DevOps REST reference: `individualCI`, `manual`, `pullRequest`. */
  readonly reason: string;
  /** Full ref of the target branch of the pull request. */
  readonly targetBranch?: string;
}

export type BuildVerdict =
  | { readonly taken: true }
  | { readonly taken: false; readonly code: 'build-unknown' | 'build-refused'; readonly reason: string };

/** `BuildReason` of the Azure DevOps REST reference, version 7.1. */
export const buildReasons = [
  'manual',
  'individualCI',
  'batchedCI',
  'schedule',
  'scheduleForced',
  'userCreated',
  'validateShelveset',
  'checkInShelveset',
  'pullRequest',
  'buildCompletion',
  'resourceTrigger',
  'triggered',
] as const;

/** Whether an environment accepts an image of this build; `undefined` is an unknown build. */
export function takesBuild(from: Environment['from'], build: BuildOrigin | undefined): BuildVerdict {
  if (!from) return { taken: true };
  if (!build) {
    return {
      taken: false,
      code: 'build-unknown',
      reason: 'the build of the image is unknown, and `from` requires it',
    };
  }
  const isPullRequest = build.reason.toLowerCase() === 'pullrequest' || build.sourceBranch.startsWith('refs/pull/');
  const reason = isPullRequest ? 'pullRequest' : build.reason;
  const reasons = from.reasons?.map((name) => name.toLowerCase());
  if (reasons ? !reasons.includes(reason.toLowerCase()) : isPullRequest) {
    return refused(
      `the build's reason ${reason} is not in \`from.reasons\` (${from.reasons?.join(', ') ?? 'unset: all but pullRequest'})`,
    );
  }
  const branch = isPullRequest ? build.targetBranch : build.sourceBranch;
  if (branch !== undefined && from.branches.some((filter) => matchesBranch(filter, branch))) return { taken: true };
  return refused(
    `${branch ?? 'an unknown target branch'} matches none of \`from.branches\` (${from.branches.join(', ')})`,
  );
}

/** A filter as in Azure Pipelines: `*` matches any characters, including `/`; without `refs/` it is a branch. */
function matchesBranch(filter: string, ref: string): boolean {
  return matchesGlob(filter.startsWith('refs/') ? filter : `refs/heads/${filter}`, ref, 'name');
}

function refused(reason: string): BuildVerdict {
  return { taken: false, code: 'build-refused', reason };
}
