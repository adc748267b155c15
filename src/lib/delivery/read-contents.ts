import type { FindChanges } from '../azure-devops/build-changes.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import { Failure } from '../model/failure.ts';
import type { KnownBuild } from '../model/image-origin.ts';
import type { Log } from '../model/log.ts';
import type { ImageContents } from '../model/source-change.ts';
import { isRollback } from '../model/tag-update.ts';
import { listRecords } from '../promotion/list-records.ts';
import type { Inspection } from '../values/inspect.ts';
import { previousTag } from './plan/commit-message.ts';

/** Reads the source commits between the image that each environment has and its next one. It never throws a `Failure`. */
export type ReadContents = (updates: readonly Inspection[]) => Promise<readonly ImageContents[]>;

export interface ReadContentsDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly findChanges: FindChanges;
  readonly log: Log;
}

/** Updates of one pull request whose commits are read. */
const mostRead = 5;

export function makeReadContents(deps: ReadContentsDeps): ReadContents {
  return async (updates) => {
    const known = updates.filter(({ resolved: { build, update } }) => build && !isRollback(update));
    const read = await Promise.all(known.slice(0, mostRead).map((update) => readOne(update, deps)));
    return read.flat();
  };
}

async function readOne(
  inspection: Inspection,
  { index, findChanges, log }: ReadContentsDeps,
): Promise<ImageContents[]> {
  const { update, build: to } = inspection.resolved;
  if (!to) return [];
  let from: KnownBuild | undefined;
  try {
    from = await previousBuild(inspection, index);
    if (!from) return [{ to }];
    const changes = await findChanges(from, to);
    return [{ to, from, ...(changes && { changes }) }];
  } catch (error) {
    // The text is for people: a proposal does not wait for it.
    if (!(error instanceof Failure)) throw error;
    const { route, environment } = update;
    log('warn', 'contents-not-read', { route, environment, code: error.code, reason: error.message });
    return [{ to, ...(from && { from }) }];
  }
}

/** The build of the image that the environment has, by its record, else by one of the route with the same tag. */
async function previousBuild(
  inspection: Inspection,
  index: Pick<DeploymentIndex, 'list'>,
): Promise<KnownBuild | undefined> {
  const tag = previousTag(inspection);
  const { id, route, environment } = inspection.resolved.update;
  if (tag === undefined) return undefined;
  const records = (await listRecords(index, route, { tag })).filter(({ update }) => update.id !== id);
  const own = records.find(({ update, commit }) => update.environment === environment && commit !== undefined);
  return own?.build ?? (own ? undefined : records.find(({ build }) => build)?.build);
}
