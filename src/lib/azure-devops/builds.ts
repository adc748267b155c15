import type { Build as WireBuild } from 'azure-devops-node-api/interfaces/BuildInterfaces.js';
import { AnswerCache } from '../async/answer-cache.ts';
import { isDefinition } from '../model/build.ts';
import type { Build, Builds, SourceCommit } from '../model/build.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import { parseRepositoryUrl } from '../net/repository-url.ts';
import { readBuild } from './build-wire.ts';
import type { DevOpsConnections } from './connections.ts';

export interface AzureBuildsDeps {
  readonly connections: DevOpsConnections;
  /** Collections of Azure DevOps Server, whose repository URLs look like any other. */
  readonly collections: readonly string[];
  readonly now: Clock;
  /** Reads a commit of a repository outside of Azure Repos; absent if no other host is asked. */
  readonly readCommit?: (repository: string, commit: string) => Promise<SourceCommit | undefined>;
}

/** How long an answer is believed: the images of one push ask for the same build. */
const believedMs = 5_000;
const maxKept = 2_000;
/** A commit never changes, but the app can be permitted to read it later. */
const commitsKeptMs = 10 * 60_000;
/** More builds of one number than a project has pipelines. */
const maxOfNumber = 1_000;

/** Builds of Azure DevOps. */
export function makeAzureBuilds(deps: AzureBuildsDeps): Builds {
  const kept = new AnswerCache<Build | undefined>({ max: maxKept, ttlMs: believedMs, now: deps.now });
  const commits = new AnswerCache<SourceCommit | undefined>({
    max: maxKept,
    ttlMs: commitsKeptMs,
    now: deps.now,
    keepsFailures: true,
  });

  return {
    get: (address) =>
      kept.get(`${address.collection}\n${address.project}\n${address.id}`, () =>
        orNone(async () => {
          const { collection, project, id } = address;
          return readBuild(
            await deps.connections(collection).build.getBuild(project, id),
            collection,
            deps.collections,
          );
        }),
      ),

    findByNumber: ({ collection, project, number, definition }) =>
      kept.get(JSON.stringify([collection, project, number, definition]), () =>
        orNone(async () => {
          const found = await listByNumber(deps.connections(collection).build, project, number);
          const own = found.filter(({ definition: of }) => definition === undefined || isOf(definition, of));
          const [only, ...others] = own;
          return only && others.length === 0 ? readBuild(only, collection, deps.collections) : undefined;
        }),
      ),

    readSourceCommit: ({ collection, repository: { url = '' } = {}, sourceVersion }) => {
      const address = parseRepositoryUrl(url, deps.collections);
      if (!('kind' in address) || sourceVersion === '') return Promise.resolve(undefined);
      if (address.kind !== 'azure-repos') {
        const { readCommit } = deps;
        if (!readCommit) return Promise.resolve(undefined);
        return commits.get(`${address.key}\n${sourceVersion}`, () =>
          orNone(() => readCommit(url, sourceVersion), 'host-not-allowed'),
        );
      }
      if (address.collection.toLowerCase() !== collection.toLowerCase()) return Promise.resolve(undefined);
      return commits.get(`${address.key}\n${sourceVersion}`, () =>
        orNone(async () => {
          const { git } = deps.connections(collection);
          const { comment, committer } = await git.getCommit(sourceVersion, address.repository, address.project, 0);
          return committer?.date && { committedAt: committer.date, message: comment ?? '' };
        }),
      );
    },
  };
}

type Api = ReturnType<DevOpsConnections>['build'];

function isOf(named: string, { id, name }: NonNullable<WireBuild['definition']> = {}): boolean {
  return id !== undefined && name !== undefined && isDefinition(named, { id, name });
}

/** The builds of a number: pipelines that are numbered by the day have one each. */
async function listByNumber(api: Api, project: string, number: string): Promise<WireBuild[]> {
  const unused = [undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined] as const;
  const found = await api.getBuilds(project, undefined, undefined, number, ...unused, maxOfNumber);
  // The filter takes `*` as anything.
  return found.filter(({ buildNumber }) => buildNumber === number);
}

/** A missing thing and an invisible one give the same answer. @param code a failure that means none, too */
async function orNone<T>(ask: () => Promise<T | undefined>, code?: FailureCode): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure && (error.code === 'repository-not-found' || error.code === code)) return undefined;
    throw error;
  }
}
