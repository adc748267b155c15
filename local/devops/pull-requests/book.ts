import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pullRequestSchema } from './pull-request.ts';
import type { PullRequest } from './pull-request.ts';

/** The pull requests of one repository, kept in its directory, one file each, so that they outlive a restart. */
export class PullRequestBook {
  readonly #directory: string;
  readonly #pullRequests: Map<number, PullRequest>;
  /** Ends when everything has been saved and all work behind the answers is done. */
  #last: Promise<void> = Promise.resolve();
  #fault: unknown;

  private constructor(directory: string, pullRequests: readonly PullRequest[]) {
    this.#directory = directory;
    this.#pullRequests = new Map(pullRequests.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]));
  }

  static async open(repositoryDirectory: string): Promise<PullRequestBook> {
    const directory = join(repositoryDirectory, 'pull-requests');
    const files = (await readdir(directory).catch(noneYet)).filter((name) => /^\d+\.json$/.test(name));
    const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
    return new PullRequestBook(
      directory,
      texts.map((text) => pullRequestSchema.parse(JSON.parse(text))),
    );
  }

  /** The newest first, as the service lists them. */
  all(): readonly PullRequest[] {
    return [...this.#pullRequests.values()].toSorted((a, b) => b.pullRequestId - a.pullRequestId);
  }

  get(pullRequestId: number): PullRequest | undefined {
    return this.#pullRequests.get(pullRequestId);
  }

  put(pullRequest: PullRequest): PullRequest {
    this.#pullRequests.set(pullRequest.pullRequestId, pullRequest);
    this.enqueue(async () => {
      const file = join(this.#directory, `${pullRequest.pullRequestId}.json`);
      await mkdir(this.#directory, { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(pullRequest));
      await rename(`${file}.new`, file);
    });
    return pullRequest;
  }

  /** Changes what is there now; nothing where it is gone or no longer as the change wants it. */
  change(pullRequestId: number, change: (current: PullRequest) => PullRequest): PullRequest | undefined {
    const current = this.get(pullRequestId);
    return current && this.put(change(current));
  }

  /** Does work behind the answer, in the order in which it was asked for. */
  enqueue(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.#fault ??= error;
    });
  }

  /** Waits for all work behind the answers. Throws what went wrong in it. */
  async idle(): Promise<void> {
    let last: Promise<void> | undefined;
    while (last !== this.#last) await (last = this.#last);
    if (this.#fault !== undefined) throw this.#fault;
  }
}

function noneYet(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
