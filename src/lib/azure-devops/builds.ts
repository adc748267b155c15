import type { Build as WireBuild } from 'azure-devops-node-api/interfaces/BuildInterfaces.js';
import { AnswerCache } from '../async/answer-cache.ts';
import { isDefinition } from '../model/build.ts';
import type { Build, Builds } from '../model/build.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { readBuild } from './build-wire.ts';
import type { DevOpsConnections } from './connections.ts';

export interface AzureBuildsDeps {
  readonly connections: DevOpsConnections;
  /** Collections of Azure DevOps Server, whose repository URLs look like any other. */
  readonly collections: readonly string[];
  readonly now: Clock;
}

/** How long an answer is believed: the images of one push ask for the same build. */
const believedMs = 5_000;
const maxKept = 2_000;
/** More builds of one number than a project has pipelines. */
const maxOfNumber = 1_000;

/** Builds of Azure DevOps. */
export function makeAzureBuilds(deps: AzureBuildsDeps): Builds {
  const kept = new AnswerCache<Build | undefined>({ max: maxKept, ttlMs: believedMs, now: deps.now });

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

/** A missing build and an invisible one give the same answer. */
async function orNone(ask: () => Promise<Build | undefined>): Promise<Build | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure && error.code === 'repository-not-found') return undefined;
    throw error;
  }
}
