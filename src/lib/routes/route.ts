import type { Build } from '../model/build.ts';
import type { Update } from '../model/file-edit.ts';
import type { ProblemCode } from './read/problem-codes.ts';

export type Order = 'semver' | 'numeric' | 'alphabetical' | 'newest';
export type Delivery = 'commit' | 'pull-request' | 'observe';

/** Which tags an environment takes, and which of two is newer. */
export interface TagPolicy {
  /** RE2 regular expression that the whole tag is searched with; its first group is what `numeric` and `semver` read. */
  readonly match?: string;
  /** Range of semantic versions, as node-semver reads it. */
  readonly semver?: string;
  readonly order: Order;
  readonly allowMovingTags: boolean;
}

/** One environment of a route, for one image: captures, variables and precedence are resolved. */
export interface Environment {
  readonly name: string;
  /** URL of the GitOps repository, as the route wrote it. */
  readonly repository: string;
  /** Branch without `refs/heads/`; the repository's default branch where the route names none. */
  readonly branch?: string;
  readonly update: readonly Update[];
  readonly tags: TagPolicy;
  /** False where the environment takes no pushed tag, only promotions. */
  readonly takesPushes: boolean;
  readonly from?: { readonly branches: readonly string[]; readonly reasons?: readonly string[] };
  readonly build?: { readonly definition?: string; readonly repository?: string; readonly tag?: string };
  readonly promoteFrom?: string;
  readonly delivery: Delivery;
  readonly pullRequest?: PullRequestOptions;
  readonly onFailure: 'none' | 'revert';
  /** How long an application has to be Degraded before that counts, in seconds. */
  readonly failureAfterSeconds: number;
  /** `[instance/]namespace/name`, none where nothing is waited for. */
  readonly application: readonly string[];
  readonly skipCi: 'auto' | 'always' | 'never';
  readonly statuses: { readonly source: boolean };
  /** What a missing file or captured path means; an exact image's file is expected, a pattern's may not be there yet. */
  readonly missing: 'ignore' | 'error';
}

export interface PullRequestOptions {
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
  readonly workItems: readonly number[];
  readonly autoComplete: boolean;
  readonly mergeStrategy: 'squash' | 'noFastForward' | 'rebase' | 'rebaseMerge';
  readonly draft: boolean;
  readonly group?: 'environment';
}

/** A route as it applies to one image. */
export interface Route {
  /** The route's name with its captures filled in: `shop/api` of `{domain}/{service}`. */
  readonly name: string;
  /** `registry/repository` of the image. */
  readonly image: string;
  readonly environments: readonly Environment[];
  /** Environments in which nothing may be written for this image, because its captures lead out of bounds. */
  readonly refused: readonly RefusedEnvironment[];
}

export interface RefusedEnvironment {
  readonly name: string;
  /** Code and message of what is wrong, for people. */
  readonly reason: string;
  /** The repository as the route wrote it. */
  readonly repository: string;
}

/** All valid routes, indexed. */
export interface RouteTable {
  /** SHA-256 of the documents, in hexadecimal. */
  readonly hash: string;
  /** The one route that takes this image (`registry/repository`), expanded for it. */
  match(image: string): Route | undefined;
  /** The environment of this name of the route that takes this image, as it stands now. */
  find(image: string, environment: string): { readonly route: Route; readonly environment: Environment } | undefined;
  /** The images (`registry/repository`) that the `build` of some route says a build may have made. */
  imagesBuiltBy(build: Pick<Build, 'definition' | 'repository'>): readonly string[];
  /** The setting, line and field of every route, for `check` and `plan`; patterns are not expanded. */
  readonly entries: readonly RouteEntry[];
  /** Of every route, in the order of `entries`, what is known of it without a push. */
  samples(): readonly (readonly RouteSample[])[];
}

/** A route as it applies to an image that it may take. */
export interface RouteSample {
  readonly route: Route;
  /**
   * The same for another made-up image, where this one is made up: what differs between the two follows from what is
   * pushed.
   */
  readonly twin?: Route;
}

/** A route as it was written. */
export interface RouteEntry {
  readonly name: string;
  readonly image: string;
  readonly setting: string;
  readonly line: number;
  readonly environments: readonly string[];
  /** The route as it applies to its image, or for a pattern to an image made up for it. */
  readonly example: Route;
}

/** One thing that is wrong, or worth knowing, about a setting. Lines and columns count from 1. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** Stable code, explained in `docs/settings-problems.md`. */
  readonly code: ProblemCode;
  readonly setting: string;
  readonly line?: number;
  readonly column?: number;
  readonly route?: string;
  readonly environment?: string;
  /** Dotted path of the field within the document. */
  readonly field?: string;
  /** What was found, what is expected, and a near miss where there is one. */
  readonly message: string;
}
