import type { Build } from '../model/build.ts';
import type { FileEdit } from '../model/file-edit.ts';
import type { ProblemCode } from './read/problem-codes.ts';

export type Order = 'semver' | 'numeric' | 'alphabetical' | 'newest';
export type Delivery = 'commit' | 'pull-request' | 'observe';

/** The tags that an environment accepts, and their order. */
export interface TagPolicy {
  /** RE2 regular expression; the tag is searched for it. `numeric` compares its groups, `semver` its first group. */
  readonly match?: string;
  /** node-semver range; a lower bound with `-0` includes pre-releases. */
  readonly semver?: string;
  readonly order: Order;
  readonly allowMovingTags: boolean;
}

/** One environment of a route, for one image: captures, variables and precedence are resolved. */
export interface Environment {
  readonly name: string;
  /** URL of the GitOps repository, as in the route. */
  readonly repository: string;
  /** Branch without `refs/heads/`; default: the repository's default branch. */
  readonly branch?: string;
  readonly update: readonly FileEdit[];
  readonly tags: TagPolicy;
  /** False if the environment accepts only promotions. */
  readonly takesPushes: boolean;
  readonly from?: { readonly branches: readonly string[]; readonly reasons?: readonly string[] };
  readonly build?: { readonly definition?: string; readonly repository?: string; readonly tag?: string };
  /** The environments of the route in which an image must be healthy first; empty without promotion. */
  readonly promoteFrom: readonly string[];
  /** Time that the image must be healthy in each of them, in seconds. */
  readonly soakSeconds: number;
  /** With `tags` and `promoteFrom`: the source commit of trusted builds is compared instead of the digest. */
  readonly sameSource?: true;
  readonly windows: readonly Window[];
  readonly delivery: Delivery;
  readonly pullRequest?: PullRequestOptions;
  readonly onFailure: 'none' | 'revert' | 'propose';
  /** Time in Degraded until the deployment is degraded, in seconds. */
  readonly failureAfterSeconds: number;
  /** `[instance/]namespace/name`; empty if there is no application to wait for. */
  readonly application: readonly string[];
  /** Start a sync of applications without automated sync. */
  readonly argocd: { readonly sync: boolean };
  readonly skipCi: 'auto' | 'always' | 'never';
  readonly statuses: { readonly source: boolean };
  /** Handling of a missing file or captured path. */
  readonly missing: 'ignore' | 'error';
}

/** When an environment may be written, as in Argo CD's sync windows. */
export type Window =
  | {
      readonly kind: 'allow' | 'deny';
      /** Starts as five cron fields, in the wall time of `timeZone`. */
      readonly schedule: string;
      readonly durationSeconds: number;
      readonly timeZone: string;
    }
  /** One closure. Times in ISO 8601 with an offset. */
  | { readonly kind: 'deny'; readonly from: string; readonly to: string; readonly reason?: string };

export interface PullRequestOptions {
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
  readonly workItems: readonly number[];
  readonly autoComplete: boolean;
  readonly mergeStrategy: 'squash' | 'noFastForward' | 'rebase' | 'rebaseMerge';
  readonly draft: boolean;
  readonly group?: 'environment';
}

/** A route, expanded for one image. */
export interface Route {
  /** The route's name with its captures filled in: `shop/api` of `{domain}/{service}`. */
  readonly name: string;
  /** `registry/repository` of the image. */
  readonly image: string;
  readonly environments: readonly Environment[];
  /** Environments that are out of bounds for this image. */
  readonly refused: readonly RefusedEnvironment[];
}

export interface RefusedEnvironment {
  readonly name: string;
  /** Code and message of the problem. */
  readonly reason: string;
  /** The repository, as in the route. */
  readonly repository: string;
}

/** All valid routes, indexed. */
export interface RouteTable {
  /** SHA-256 of the documents, in hexadecimal. */
  readonly hash: string;
  /** A repository of routes documents was never read, so that an image without a route here may have one there. */
  readonly isPartial?: boolean;
  /** The route that matches this image (`registry/repository`), expanded for it. */
  match(image: string): Route | undefined;
  /** The environment of this name in the route that matches this image. */
  find(image: string, environment: string): { readonly route: Route; readonly environment: Environment } | undefined;
  /** The images (`registry/repository`) that a build can have pushed, by the `build` of the routes. */
  imagesBuiltBy(build: Pick<Build, 'definition' | 'repository'>): readonly string[];
  /** The setting, line and field of every route, for `check` and `plan`; patterns are not expanded. */
  readonly entries: readonly RouteEntry[];
  /** The samples of every route, in the order of `entries`. */
  samples(): readonly (readonly RouteSample[])[];
  /** Every route with its captures as `{capture}`, in the order of `entries`. */
  templates(): readonly RouteTemplate[];
}

/** A route with its captures as `{capture}`. */
export interface RouteTemplate extends Route {
  /** Allowed values of captures. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
}

/** A route, expanded for an example image. */
export interface RouteSample {
  readonly route: Route;
  /**
   * For an image with example values: the route for another example image. Differences depend on the pushed image.
   */
  readonly twin?: Route;
}

/** A route before expansion. */
export interface RouteEntry {
  readonly name: string;
  readonly image: string;
  readonly setting: string;
  readonly line: number;
  readonly environments: readonly string[];
  /** The route for its image, or for an example image of the pattern. */
  readonly example: Route;
}

/** An error or warning about a setting. Lines and columns count from 1. */
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
  /** Found value, expected value, and a suggestion if there is a similar name. */
  readonly message: string;
}
