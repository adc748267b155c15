import type { Commit, GitOpsRepository } from '../../../../src/lib/git/repository.ts';
import { addCommit } from '../../../support/bare-repository.ts';
import type { NewCommit } from '../../../support/bare-repository.ts';

/** What can go wrong at a Git host, in the words of every adapter's tests. */
export type ContractFault =
  | 'throttled' // for 7 s
  | 'unavailable'
  | 'sign-in-page'
  | 'redirect'
  | 'expired-credential'
  | 'permission-denied'
  | 'dropped-before'
  | 'dropped-after';

export interface ContractRepository {
  /** The bare repository on disk, for what others do to it. */
  readonly directory: string;
  /** An adapter that knows nothing yet, as another process has it. */
  readonly open: () => GitOpsRepository;
}

export interface ContractHost {
  /** An empty repository whose HEAD names `main`. */
  create(): Promise<ContractRepository>;
  /** An adapter for a repository that is not there. */
  readonly openMissing: () => GitOpsRepository;
  /** From now on, every request of this step of one of its repositories goes wrong. */
  breakStep(step: 'tip' | 'push', fault: ContractFault): void;
  /** Something happens just before the next push is worked on. */
  beforePush(act: () => Promise<unknown>): void;
  /** Pushes to the repository are refused by the rules of its owner. */
  refusePushes(repository: ContractRepository): Promise<void>;
  mend(): void;
  close(): Promise<void>;
}

/** Gives the host of the tests, which starts before them. */
export type GetHost = () => ContractHost;

export const valuesFile = 'apps/payments/values-dev.yaml';

/** A repository with one commit, and an adapter that knows nothing of it. */
export async function seed(getHost: GetHost, files: NewCommit['files'] = { [valuesFile]: 'tag: "1"\n' }) {
  const made = await getHost().create();
  const first = await addCommit(made.directory, { files });
  return { ...made, first, repository: made.open() };
}

export function pushTag(repository: GitOpsRepository, base: string, tag: number, branch = 'main') {
  const content = new TextEncoder().encode(`tag: "${tag}"\n`);
  return repository.push({ branch, base, message: `deploy: ${tag}`, files: [{ path: valuesFile, content }] });
}

export async function readText(repository: GitOpsRepository, commit: string): Promise<string | undefined> {
  const bytes = (await repository.read(commit, [valuesFile])).get(valuesFile);
  return bytes && new TextDecoder().decode(bytes);
}

export async function list(commits: AsyncIterable<Commit>): Promise<Commit[]> {
  const all: Commit[] = [];
  for await (const commit of commits) all.push(commit);
  return all;
}
