import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { KnownBuild } from '../model/image-origin.ts';
import type { SourceChange } from '../model/source-change.ts';
import type { DevOpsConnections } from './connections.ts';

/** Changes that one question reads. */
const mostRead = 101;

const changesSchema = z.array(z.object({ id: z.string(), type: z.string().nullish(), message: z.string().nullish() }));

/**
 * The commits that the second of two builds has and the first one does not, the newest first: at most 101. `undefined` if the
 * builds are not of one pipeline and repository, or cannot be read.
 *
 * @throws {Failure} retryable, `sign-in-failed`, `permission-denied` or `answer-not-understood`
 */
export type FindChanges = (from: KnownBuild, to: KnownBuild) => Promise<readonly SourceChange[] | undefined>;

/** Asks Azure DevOps ("Builds - Get Changes Between Builds" in the REST reference). */
export function makeFindChanges(connections: DevOpsConnections): FindChanges {
  return async (from, to) => {
    if (!isSamePipeline(from, to)) return undefined;
    if (from.sourceVersion === to.sourceVersion) return [];
    const { collection, project } = to;
    try {
      const { build } = connections(collection);
      const parsed = changesSchema.safeParse(await build.getChangesBetweenBuilds(project, from.id, to.id, mostRead));
      if (parsed.success) return parsed.data.map(({ id, message }) => ({ id, message: message ?? '' }));
      const text = `The changes between the builds ${from.id} and ${to.id} of ${collection} are of another shape.`;
      throw new Failure('answer-not-understood', text, { cause: parsed.error });
    } catch (error) {
      // A build that retention has removed.
      if (error instanceof Failure && error.code === 'repository-not-found') return undefined;
      throw error;
    }
  };
}

function isSamePipeline(a: KnownBuild, b: KnownBuild): boolean {
  return pipelineOf(a) === pipelineOf(b);
}

function pipelineOf({ collection, project, definition, repository }: KnownBuild): string {
  return [collection, project, definition.id, repository].join('\n').toLowerCase();
}
