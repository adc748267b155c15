import type { Build as WireBuild } from 'azure-devops-node-api/interfaces/BuildInterfaces.js';
import type { Build, Builds } from '../builds/build.ts';
import { Failure } from '../failure.ts';
import { readBuild } from './build-wire.ts';
import type { DevOpsConnections } from './devops-connections.ts';

export interface AzureBuildsDeps {
  readonly connections: DevOpsConnections;
  /** Collections of Azure DevOps Server, whose repository URLs cannot be told from others. */
  readonly collections: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How long an answer is believed: the images of one push ask for the same build. */
const believedMs = 5_000;
const maxKept = 2_000;

/** Builds of Azure DevOps. */
export function makeAzureBuilds(deps: AzureBuildsDeps): Builds {
  const kept = new Map<string, { readonly build: Promise<Build | undefined>; readonly until: number }>();

  function once(key: string, ask: () => Promise<Build | undefined>): Promise<Build | undefined> {
    const known = kept.get(key);
    if (known && known.until > deps.now()) return known.build;
    if (kept.size >= maxKept) kept.clear();
    const build = ask();
    kept.set(key, { build, until: deps.now() + believedMs });
    build.catch(() => kept.delete(key));
    return build;
  }

  return {
    get: (address) =>
      once(`${address.collection}\n${address.project}\n${address.id}`, () =>
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
      once(JSON.stringify([collection, project, number, definition]), () =>
        orNone(async () => {
          const { build: api } = deps.connections(collection);
          const definitions = definition === undefined ? undefined : await definitionIds(api, project, definition);
          if (definitions?.length === 0) return undefined;
          const found = await listByNumber(api, project, number, definitions);
          const [only, ...others] = found;
          return only && others.length === 0 ? readBuild(only, collection, deps.collections) : undefined;
        }),
      ),
  };
}

type Api = ReturnType<DevOpsConnections>['build'];

/** Ids of the definitions of a name; digits are an id. */
async function definitionIds(api: Api, project: string, definition: string): Promise<number[]> {
  if (/^\d+$/.test(definition)) return [Number(definition)];
  const found = await api.getDefinitions(project, definition);
  return found.flatMap(({ id, name }) =>
    id !== undefined && name?.toLowerCase() === definition.toLowerCase() ? [id] : [],
  );
}

/** A number is unique within a definition, as long as its pattern makes it so. */
async function listByNumber(
  api: Api,
  project: string,
  number: string,
  definitions: number[] | undefined,
): Promise<WireBuild[]> {
  const found = await api.getBuilds(
    project,
    definitions,
    undefined,
    number,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    2,
  );
  // The filter takes `*` as anything.
  return found.filter(({ buildNumber }) => buildNumber === number);
}

/** What is not there, or not to be seen, is the same answer. */
async function orNone(ask: () => Promise<Build | undefined>): Promise<Build | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure && error.code === 'repository-not-found') return undefined;
    throw error;
  }
}
