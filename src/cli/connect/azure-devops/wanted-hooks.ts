import { parseRepositoryUrl, type AzureReposAddress } from '../../../lib/net/repository-url.ts';
import type { Environment } from '../../../lib/routes/route.ts';
import type { RoutesSource } from '../../../lib/routes/routes-source.ts';
import { fixed, type UsedEnvironment } from '../../used-environments.ts';

/** A project of a collection, by name. */
export interface ProjectAddress {
  /** Canonical. */
  readonly collection: string;
  readonly project: string;
}

/** A service hook that routes want, by names. */
export interface WantedHook extends ProjectAddress {
  readonly publisherId: 'tfs' | 'pipelines';
  readonly eventType: string;
  readonly resourceVersion: string;
  /** Of the project; events of one repository only. */
  readonly repository?: string;
  /** Filters besides project and repository. */
  readonly filters: Readonly<Record<string, string>>;
  /** `route environment` of everything that it serves. */
  readonly serves: readonly string[];
}

/** A hook that the routes need and that cannot be created without more information. */
export interface OpenHook {
  readonly serves: string;
  readonly reason: string;
}

type Event = Pick<WantedHook, 'publisherId' | 'eventType' | 'resourceVersion' | 'filters'>;

const buildComplete: Event = {
  publisherId: 'tfs',
  eventType: 'build.complete',
  resourceVersion: '2.0',
  filters: { buildStatus: 'Succeeded' },
};
/** A run that waits for its deployment does not complete before it: its stages do. */
const stageCompleted: Event = {
  publisherId: 'pipelines',
  eventType: 'ms.vss-pipelines.stage-state-changed-event',
  resourceVersion: '5.1-preview.1',
  filters: { stageStateId: 'Completed', stageResultId: 'Succeeded' },
};
/** The first reports a completed or abandoned pull request, the second the merge. */
const pullRequestEvents: readonly Event[] = [
  {
    publisherId: 'tfs',
    eventType: 'git.pullrequest.updated',
    resourceVersion: '1.0',
    filters: { notificationType: 'StatusUpdateNotification' },
  },
  {
    publisherId: 'tfs',
    eventType: 'git.pullrequest.merged',
    resourceVersion: '1.0',
    filters: { mergeResult: 'Succeeded' },
  },
];
export const pushEvent: Event = { publisherId: 'tfs', eventType: 'git.push', resourceVersion: '1.0', filters: {} };

export interface HookOptions {
  /** The setting `AZURE_DEVOPS_COLLECTIONS`. */
  readonly collections: readonly string[];
  /** Subscribe to stages as well. */
  readonly stages: boolean;
  /** Projects with builds besides those that follow from the routes. */
  readonly projects: readonly ProjectAddress[];
  /** The setting `ROUTES_FROM`. */
  readonly sources: readonly Pick<RoutesSource, 'repository'>[];
}

/**
 * The service hooks that would bring something: pull requests of GitOps repositories, builds of projects with a whole
 * tag in `build.tag`, and pushes to the repositories of routes documents.
 */
export function wantedHooks(
  used: readonly UsedEnvironment[],
  { collections, stages, projects, sources }: HookOptions,
): { readonly hooks: readonly WantedHook[]; readonly open: readonly OpenHook[] } {
  const hooks = new Map<string, WantedHook & { readonly serves: string[] }>();
  const open: OpenHook[] = [];
  const add = (event: Event, place: ProjectAddress & { readonly repository?: string }, serves: string): void => {
    const key = JSON.stringify([event.eventType, place.collection, place.project, place.repository]).toLowerCase();
    const known = hooks.get(key) ?? { ...event, ...place, serves: [] };
    if (!known.serves.includes(serves)) known.serves.push(serves);
    hooks.set(key, known);
  };
  const buildEvents = stages ? [buildComplete, stageCompleted] : [buildComplete];
  for (const one of used) {
    const serves = `${one.route} ${one.environment.name}`;
    if (one.environment.delivery === 'pull-request') {
      const repository = fixed(one, ({ repository: url }) => url);
      const address = repository === undefined ? undefined : azureRepos(repository, collections);
      if (address) {
        const { collection, project, repository: name } = address;
        for (const event of pullRequestEvents) add(event, { collection, project, repository: name }, serves);
      } else if (repository === undefined) {
        open.push({ serves, reason: 'its repository follows from the image: name images with --image' });
      }
    }
    if (!takesBuilds(one.environment)) continue;
    const project = fixed(one, (environment) => buildProject(environment, collections));
    if (project) for (const event of buildEvents) add(event, project, serves);
    else if (project === undefined && projects.length === 0) {
      open.push({
        serves,
        reason: 'the project of its builds is not known: name it with --project, or images with --image',
      });
    }
  }
  for (const source of sources) {
    const address = azureRepos(source.repository, collections);
    if (!address) continue;
    const { collection, project, repository } = address;
    add(pushEvent, { collection, project, repository }, 'ROUTES_FROM');
  }
  for (const project of projects) for (const event of buildEvents) add(event, project, '--project');
  return { hooks: [...hooks.values()], open };
}

/** Whether an event of a build delivers here: `build` has to name builds, and the tag has to follow from one alone. */
function takesBuilds({ build, takesPushes }: Environment): boolean {
  const names = build?.definition !== undefined || build?.repository !== undefined;
  return takesPushes && names && build.tag !== undefined && !build.tag.includes('*');
}

/**
 * Where an environment's builds are: in the project of the built repository, else in that of the GitOps repository.
 * `null` where neither is on Azure DevOps by its URL.
 */
function buildProject(environment: Environment, collections: readonly string[]): ProjectAddress | null {
  const { build, repository } = environment;
  const address =
    (build?.repository === undefined ? undefined : azureRepos(build.repository, collections)) ??
    azureRepos(repository, collections);
  return address ? { collection: address.collection, project: address.project } : null;
}

export function azureRepos(url: string, collections: readonly string[]): AzureReposAddress | undefined {
  const address = parseRepositoryUrl(url, collections);
  return 'kind' in address && address.kind === 'azure-repos' ? address : undefined;
}
