/** Where a build is found. */
export interface BuildAddress {
  /** Canonical URL of the organization or collection. */
  readonly collection: string;
  /** Name or id of the project. */
  readonly project: string;
  readonly id: number;
}

/** A build as Azure DevOps has it. */
export interface Build extends BuildAddress {
  readonly number: string;
  /** Page of the build, for people. */
  readonly url: string;
  /** Absent while it runs, or waits to. */
  readonly result?: 'succeeded' | 'partiallySucceeded' | 'failed' | 'canceled';
  readonly definition: { readonly id: number; readonly name: string };
  readonly repository?: BuiltRepository;
  /** Full ref that was built. */
  readonly sourceBranch: string;
  /** The commit that was built; empty before the build starts. */
  readonly sourceVersion: string;
  /** `BuildReason` of the Azure DevOps REST reference. */
  readonly reason: string;
  /** Full ref of the target branch of a pull request build. */
  readonly targetBranch?: string;
  readonly queuedAt?: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
}

export interface BuiltRepository {
  /** Canonical URL, if Azure DevOps reports one. */
  readonly url?: string;
  /** The key by which URLs are compared. */
  readonly key?: string;
  readonly name?: string;
}

/** Which build is looked for by its number. */
export interface NumberedBuild {
  readonly collection: string;
  readonly project: string;
  readonly number: string;
  /** Name or id. */
  readonly definition?: string;
}

/**
 * Builds, as Azure DevOps has them.
 *
 * @throws {Failure} `host-not-allowed` where the collection is none of the operator's, `sign-in-failed`,
 *   `permission-denied`, `throttled`, `service-unavailable` or `answer-not-understood`
 */
export interface Builds {
  /** `undefined` where there is none, or none that the app may see. */
  readonly get: (address: BuildAddress) => Promise<Build | undefined>;
  /** `undefined` where there is none, or more than one. */
  readonly findByNumber: (build: NumberedBuild) => Promise<Build | undefined>;
  /**
   * `undefined` for sources outside of the collection's Azure Repos and of GitHub with a token, and where the app may not
   * read the commit.
   */
  readonly readSourceCommit: (build: Build) => Promise<SourceCommit | undefined>;
}

/** The commit of a build's source, as its repository has it. */
export interface SourceCommit {
  readonly committedAt: Date;
  readonly message: string;
}

/** Azure DevOps ignores the case of names; digits are the id. */
export function isDefinition(named: string, { id, name }: Build['definition']): boolean {
  return /^\d+$/.test(named) ? Number(named) === id : named.toLowerCase() === name.toLowerCase();
}
