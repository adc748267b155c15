import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { NewPullRequest } from '../pull-requests.ts';
import { GitHubFailure } from './failures.ts';
import { reviewRequest } from '../../net/github-reviewers.ts';

type Request = (route: string, parameters: Readonly<Record<string, unknown>>, schema: z.ZodType) => Promise<unknown>;

/**
 * Sets labels and reviewers of an open pull request, which GitHub takes in separate requests. A refusal is reported and stops
 * no further step.
 *
 * @returns what it refused, in sentences for people
 */
export async function equip(
  number: number,
  { labels, reviewers }: Pick<NewPullRequest, 'labels' | 'reviewers'>,
  request: Request,
): Promise<readonly string[]> {
  const notes: string[] = [];
  if (labels.length > 0) {
    const refused = await refusalOf(
      request('POST /repos/{owner}/{repo}/issues/{number}/labels', { number, labels }, z.unknown()),
    );
    if (refused) notes.push(`The labels were refused: ${refused.message}`);
  }
  const ask = (ids: readonly string[]) =>
    refusalOf(
      request(
        'POST /repos/{owner}/{repo}/pulls/{number}/requested_reviewers',
        { number, ...reviewRequest(ids) },
        z.unknown(),
      ).catch(asUnknownReviewer),
    );
  if (reviewers.length === 0 || !(await ask(reviewers))) return notes;
  // One who may not be asked has all refused.
  for (const id of reviewers) if (await ask([id])) notes.push(`No review could be requested of \`${id}\`.`);
  return notes;
}

function asUnknownReviewer(error: unknown): never {
  if (error instanceof GitHubFailure && error.status === 422)
    throw new Failure('reviewer-unknown', error.message, { cause: error });
  throw error;
}

async function refusalOf(work: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return error;
    throw error;
  }
}
