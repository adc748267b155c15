import type { Deployment } from '../model/deployment.ts';
import { writesDigest } from '../model/file-edit.ts';
import { updateId } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { healthyIn } from './candidates.ts';
import type { PromotionTarget } from './targets.ts';

/**
 * The update that promotes a healthy image; its id is that of any update with the image.
 *
 * @param digest the one that was healthy, if known
 */
export function promotedUpdate(
  healthy: Deployment,
  digest: string | undefined,
  records: readonly Deployment[],
  { route, environment, sources }: PromotionTarget,
): TagUpdate {
  const { pushedAt, image: named } = healthy.update;
  const { digest: _named, ...rest } = named;
  const image = { ...rest, ...(digest !== undefined && { digest }) };
  const wanted = { tag: image.tag, ...(digest !== undefined && { digest }) };
  const from = sources.flatMap((source) => {
    const [record] = healthyIn(source, records, wanted, environment.takesPushes);
    return record ? [{ environment: source.name, id: record.update.id }] : [];
  });
  const id = updateId(route.name, environment.name, image, environment.update.some(writesDigest));
  const own = [{ environment: healthy.update.environment, id: healthy.update.id }];
  return {
    id,
    route: route.name,
    environment: environment.name,
    image,
    pushedAt,
    cause: { kind: 'promotion', from: from.length > 0 ? from : own },
  };
}
