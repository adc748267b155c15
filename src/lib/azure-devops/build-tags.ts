import type { DevOpsConnections } from './connections.ts';
import { Failure } from '../model/failure.ts';

/** How Azure Pipelines shows to which environments a build has come. */
export interface BuildTags {
  /**
   * Adds a tag that may be there already, then takes another away.
   *
   * @throws {Failure} `build-not-found`
   */
  setTag(
    build: { readonly collection: string; readonly project: string; readonly id: number },
    change: { readonly add: string; readonly remove?: string },
  ): Promise<void>;
}

/** Tags of builds in Azure Pipelines ("Build - Tags" in the REST reference). */
export function makeAzureBuildTags(connections: DevOpsConnections): BuildTags {
  return {
    async setTag({ collection, project, id }, { add, remove }) {
      const { build } = connections(collection);
      try {
        // In the body, because a path may not hold every character of a tag.
        await build.addBuildTags([add], project, id);
        if (remove !== undefined) await build.deleteBuildTag(project, id, remove);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'repository-not-found') throw error;
        throw new Failure(
          'build-not-found',
          `${collection} has no build ${id} in ${project} (any more), or the identity may not read it: it cannot get the tag ${add}.`,
          { cause: error },
        );
      }
    },
  };
}
