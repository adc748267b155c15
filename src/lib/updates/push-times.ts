import type { Mark } from '../deployments/deployment.ts';
import type { GitOpsRepository, Tip } from '../gitops/repository.ts';
import { parseTrailers } from '../gitops/trailers.ts';
import { parseImageReference } from '../image-reference.ts';
import { tagsToDate } from './plan/decide.ts';
import type { PushTimes } from './plan/decide.ts';
import type { Inspection } from './plan/inspect.ts';

/** How far back the commit that wrote a tag is looked for. */
const historyLimit = 20;

/** When the tags in the files were pushed: by the mark, else by the trailers of the commits that wrote them. */
export async function datePushes(
  repository: GitOpsRepository,
  tip: Tip,
  inspection: Inspection,
  mark: Mark | undefined,
): Promise<PushTimes> {
  const { update, environment } = inspection.resolved;
  const times = new Map<string, Date>();
  const wanted = new Set(tagsToDate(inspection));
  if (mark && wanted.delete(mark.tag)) times.set(mark.tag, new Date(mark.pushedAt));
  for (const file of new Set(inspection.changes.map((change) => change.file))) {
    if (wanted.size === 0) break;
    for await (const { message } of repository.history(tip.commit, file, historyLimit)) {
      for (const trailer of parseTrailers(message)) {
        if (trailer.route !== update.route || trailer.environment !== environment.name || trailer.pushed === undefined)
          continue;
        const tag = parseImageReference(trailer.image)?.tag;
        if (tag !== undefined && wanted.delete(tag)) times.set(tag, new Date(trailer.pushed));
      }
      if (wanted.size === 0) break;
    }
  }
  return times;
}
