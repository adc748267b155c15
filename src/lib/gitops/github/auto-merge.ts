import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../../failure.ts';
import type { Completion, MergeStrategy } from '../pull-requests.ts';
import type { GitHubAddress } from './address.ts';
import type { GitHubHttp } from './http.ts';
import type { Pull } from './wire.ts';

/** How GitHub calls the strategies; it has no `rebaseMerge`. */
export const mergeMethods: Partial<Record<MergeStrategy, 'squash' | 'merge' | 'rebase'>> = {
  squash: 'squash',
  noFastForward: 'merge',
  rebase: 'rebase',
};

/** States in which GitHub takes no auto-merge, because nothing stands in the way of a merge. */
const ready = new Set(['clean', 'has_hooks', 'unstable']);
/** GitHub computes behind its answers; so often it is asked again, after so many milliseconds. */
const pauses = [0, 250, 500, 1000, 2000];

export const enableMutation = `mutation ($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { commitHeadline } } }
}`;
export const disableMutation = `mutation ($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { clientMutationId }
}`;
const enabledSchema = z.object({
  enablePullRequestAutoMerge: z.object({
    pullRequest: z.object({ autoMergeRequest: z.object({ commitHeadline: z.string().nullable() }).nullable() }),
  }),
});

interface Api {
  readonly http: GitHubHttp;
  readonly address: GitHubAddress;
  readonly read: (number: number) => Promise<Pull>;
}

/**
 * Has a pull request merged as soon as the rules of its target allow it: at once where they do already, else by
 * auto-merge.
 *
 * @returns why GitHub does neither, for people
 * @throws {Failure} `branch-moved` where the head is not the one that may be merged
 */
export async function mergeWhenReady(number: number, completion: Completion, api: Api): Promise<string | undefined> {
  const pull = await settled(number, completion, api);
  if (pull.state !== 'open') return undefined; // How it has ended is noticed by who follows it.
  if (pull.head.sha !== completion.head) {
    throw new Failure('branch-moved', `Pull request ${number} of ${api.address.url} is at another commit by now.`);
  }
  try {
    if (isReady(pull)) return await mergeNow(pull, completion, api);
    return await enable(pull, completion, api);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // It may have become ready in between.
    const again = await api.read(number);
    return isReady(again) && !isReady(pull) ? mergeNow(again, completion, api).catch(reasonOf) : error.message;
  }
}

export async function disableAutoMerge({ node_id: id, auto_merge: isOn }: Pull, { http }: Api): Promise<void> {
  if (isOn) await http.graphql(disableMutation, { input: { pullRequestId: id } }, z.unknown());
}

/** The pull request once GitHub has seen our push and knows whether it can be merged, if that is soon. */
async function settled(number: number, { head }: Completion, { read }: Api): Promise<Pull> {
  let pull: Pull | undefined;
  for (const pause of pauses) {
    await sleep(pause);
    pull = await read(number);
    const isComputing = pull.head.sha !== head || (pull.mergeable_state ?? 'unknown') === 'unknown';
    if (pull.state !== 'open' || !isComputing) return pull;
  }
  return pull ?? read(number);
}

function isReady({ mergeable_state: state, state: openOrClosed }: Pull): boolean {
  return openOrClosed === 'open' && ready.has(state ?? '');
}

async function mergeNow(
  { number }: Pull,
  { strategy, message, head }: Completion,
  { http, address }: Api,
): Promise<undefined> {
  const { title, body } = split(message);
  const method = mergeMethods[strategy];
  await http.rest(
    'PUT /repos/{owner}/{repo}/pulls/{number}/merge',
    {
      owner: address.owner,
      repo: address.repository,
      number,
      merge_method: method,
      sha: head,
      ...(method !== 'rebase' && { commit_title: title, commit_message: body }),
    },
    z.unknown(),
  );
  return undefined;
}

async function enable(pull: Pull, { strategy, message, head }: Completion, api: Api): Promise<undefined> {
  const { title, body } = split(message);
  const method = mergeMethods[strategy];
  const input = {
    pullRequestId: pull.node_id,
    mergeMethod: method?.toUpperCase(),
    expectedHeadOid: head,
    ...(method !== 'rebase' && { commitHeadline: title, commitBody: body }),
  };
  const send = async (): Promise<boolean> => {
    const { enablePullRequestAutoMerge: done } = await api.http.graphql(enableMutation, { input }, enabledSchema);
    return method === 'rebase' || done.pullRequest.autoMergeRequest?.commitHeadline === title;
  };
  const isOn = pull.auto_merge !== null && pull.auto_merge !== undefined;
  if (!isOn) await send();
  else if (!(await send().catch(asRefused))) {
    // The message of one that is on is the older tag's.
    await disableAutoMerge(pull, api);
    await send();
  }
  return undefined;
}

function asRefused(error: unknown): false {
  if (isRefusal(error)) return false;
  throw error;
}

function reasonOf(error: unknown): string {
  if (isRefusal(error)) return error.message;
  throw error;
}

/** GitHub says no, and will go on saying so. */
function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && error.kind === 'permanent';
}

/** First line and the rest of a commit message. */
function split(message: string): { readonly title: string; readonly body: string } {
  const [title = '', ...rest] = message.split('\n');
  return { title, body: rest.join('\n').trim() };
}
