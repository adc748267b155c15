import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { Completion, MergeStrategy } from '../pull-requests.ts';
import type { GitHubAddress } from '../../net/github-address.ts';
import type { GitHubHttp } from './http.ts';
import type { Pull } from './wire.ts';

/** How GitHub calls the strategies; it has no `rebaseMerge`. */
export const mergeMethods: Partial<Record<MergeStrategy, 'squash' | 'merge' | 'rebase'>> = {
  squash: 'squash',
  noFastForward: 'merge',
  rebase: 'rebase',
};

/** States in which GitHub accepts no auto-merge, because the pull request can be merged at once. */
const ready = new Set(['clean', 'has_hooks', 'unstable']);
/** GitHub computes behind its answers; so often it is asked again, after so many milliseconds. */
const pauses = [0, 250, 500, 1000, 2000];
/** A target that others move as well refuses a merge now and then. */
const maxTries = 3;

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
  let refusal: Failure | undefined;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const pull = await settled(number, completion, api);
    if (pull.state !== 'open') return undefined; // How it has ended is noticed by who follows it.
    if (pull.head.sha !== completion.head) throw movedHead(number, api);
    try {
      await (isReady(pull) ? mergeNow(pull, completion, api) : enable(pull, completion, api));
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
    }
    if (isReady(pull)) continue; // The target may have moved under the merge.
    const again = await api.read(number);
    if (isComputing(again)) {
      throw new Failure('service-unavailable', `GitHub does not say whether ${api.address.url}/pull/${number} merges.`);
    }
    if (!isReady(again)) break;
  }
  return refusal?.message;
}

/**
 * Merges a pull request if the rules of its target allow it now.
 *
 * @returns why GitHub does not, for people
 * @throws {Failure} `branch-moved` where the head is not the one that may be merged
 */
export async function mergeIfReady(number: number, completion: Completion, api: Api): Promise<string | undefined> {
  const pull = await settled(number, completion, api);
  if (pull.state !== 'open') return undefined;
  if (pull.head.sha !== completion.head) throw movedHead(number, api);
  if (!isReady(pull)) return `GitHub reports it as ${pull.mergeable_state ?? 'unknown'}`;
  try {
    await mergeNow(pull, completion, api);
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error.message;
    throw error;
  }
}

function movedHead(number: number, { address }: Api): Failure {
  return new Failure('branch-moved', `Pull request ${number} of ${address.url} is at another commit by now.`);
}

export async function disableAutoMerge({ node_id: id, auto_merge: isOn }: Pull, { http }: Api): Promise<void> {
  if (isOn) await http.graphql(disableMutation, { input: { pullRequestId: id } }, z.unknown());
}

/**
 * The pull request after GitHub has received the push and computed whether it can be merged; the last reading if that
 * takes long.
 */
async function settled(number: number, { head }: Completion, { read }: Api): Promise<Pull> {
  let pull: Pull | undefined;
  for (const pause of pauses) {
    await sleep(pause);
    pull = await read(number);
    if (pull.state !== 'open' || (pull.head.sha === head && !isComputing(pull))) return pull;
  }
  return pull ?? read(number);
}

function isComputing({ mergeable_state: state = 'unknown', state: openOrClosed }: Pull): boolean {
  return openOrClosed === 'open' && state === 'unknown';
}

function isReady({ mergeable_state: state, state: openOrClosed }: Pull): boolean {
  return openOrClosed === 'open' && ready.has(state ?? '');
}

async function mergeNow(
  { number }: Pull,
  { strategy, message, head }: Completion,
  { http, address }: Api,
): Promise<void> {
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
}

async function enable(pull: Pull, { strategy, message, head }: Completion, api: Api): Promise<void> {
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
}

function asRefused(error: unknown): false {
  if (isRefusal(error)) return false;
  throw error;
}

/** GitHub refuses, and will refuse again. */
function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && error.kind === 'permanent';
}

/** First line and the rest of a commit message. */
function split(message: string): { readonly title: string; readonly body: string } {
  const [title = '', ...rest] = message.split('\n');
  return { title, body: rest.join('\n').trim() };
}
