import type { BareRepository } from '../../../local/devops/store/bare-repository.ts';

/** What a repository on the stand-in allows; GitHub has the same switches. */
export interface RepositoryRules {
  /** "Allow auto-merge". */
  allowAutoMerge: boolean;
  /** Approvals that a merge needs ("branch protection"). */
  requiredApprovals: number;
  /** "Automatically delete head branches". */
  deleteBranchOnMerge: boolean;
  readonly methods: Set<string>;
  /** Logins that may read it. */
  readonly collaborators: Set<string>;
  /** Slugs of teams that may read it. */
  readonly teams: Set<string>;
}

export interface StoredPull {
  readonly number: number;
  state: 'open' | 'closed';
  mergedAt: string | null;
  mergeCommit: string | null;
  /** Its branch is in a fork, and has nothing to do with ours of that name. */
  readonly isOfFork: boolean;
  readonly source: string;
  target: string;
  head: string;
  base: string;
  title: string;
  body: string;
  readonly draft: boolean;
  readonly labels: Set<string>;
  readonly reviewers: Set<string>;
  readonly teams: Set<string>;
  approvals: number;
  autoMerge: AutoMerge | null;
  /** Whether it merges, of the head and base that were looked at; computed behind the answers, as GitHub does. */
  mergeable: { readonly of: string; readonly clean: boolean } | undefined;
}

export interface AutoMerge {
  readonly method: string;
  readonly title: string | undefined;
  readonly message: string | undefined;
}

/** "Commit statuses": the last of a context counts. */
export interface StoredStatus {
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export interface StoredRepository {
  readonly owner: string;
  readonly name: string;
  readonly bare: BareRepository;
  readonly rules: RepositoryRules;
  readonly pulls: StoredPull[];
  /** By commit, in the order in which they were posted. */
  readonly statuses: Map<string, StoredStatus[]>;
}
