import { join } from 'node:path';
import { WorkQueue } from '../server/work-queue.ts';
import { readRecords, writeRecord } from '../store/record-files.ts';
import { pullRequestSchema } from './pull-request.ts';
import type { PullRequest } from './pull-request.ts';

/** Gets every change; `before` is missing of a new one. */
export type PullRequestListener = (before: PullRequest | undefined, after: PullRequest) => void;

/** The pull requests of one repository, kept in its directory, one file each, so that they outlive a restart. */
export class PullRequestBook {
  readonly #directory: string;
  readonly #pullRequests: Map<number, PullRequest>;
  readonly #work = new WorkQueue();
  readonly #onChange: PullRequestListener;

  private constructor(directory: string, pullRequests: readonly PullRequest[], onChange: PullRequestListener) {
    this.#directory = directory;
    this.#onChange = onChange;
    this.#pullRequests = new Map(pullRequests.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]));
  }

  static async open(
    repositoryDirectory: string,
    onChange: PullRequestListener = () => undefined,
  ): Promise<PullRequestBook> {
    const directory = join(repositoryDirectory, 'pull-requests');
    return new PullRequestBook(directory, await readRecords(directory, /^\d+\.json$/, pullRequestSchema), onChange);
  }

  /** The newest first, as the service lists them. */
  all(): readonly PullRequest[] {
    return [...this.#pullRequests.values()].toSorted((a, b) => b.pullRequestId - a.pullRequestId);
  }

  get(pullRequestId: number): PullRequest | undefined {
    return this.#pullRequests.get(pullRequestId);
  }

  put(pullRequest: PullRequest): PullRequest {
    const before = this.get(pullRequest.pullRequestId);
    this.#pullRequests.set(pullRequest.pullRequestId, pullRequest);
    this.#onChange(before, pullRequest);
    this.enqueue(() => writeRecord(this.#directory, `${pullRequest.pullRequestId}.json`, pullRequest));
    return pullRequest;
  }

  /** Changes what is there now; nothing where it is gone or no longer as the change wants it. */
  change(pullRequestId: number, change: (current: PullRequest) => PullRequest): PullRequest | undefined {
    const current = this.get(pullRequestId);
    return current && this.put(change(current));
  }

  /** Does work behind the answer, in the order in which it was asked for. */
  enqueue(work: () => Promise<void>): void {
    this.#work.enqueue(work);
  }

  /** Waits for all work behind the answers. Throws what went wrong in it. */
  idle(): Promise<void> {
    return this.#work.idle();
  }
}
