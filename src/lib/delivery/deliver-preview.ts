import { isEnded, moveTo, placeOf, queued } from '../model/deployment.ts';
import type { Outcome } from '../model/outcome.ts';
import { isRollback } from '../model/tag-update.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { withoutWrite } from './ask-registry.ts';
import type { DeliverDeps } from './delivery.ts';

/**
 * Records an update that another tool deploys, such as the pull request generator of an ApplicationSet. Nothing is written:
 * the record waits for its applications.
 *
 * @throws {Failure} of the registry, and where the build is refused
 */
export async function deliverPreview(resolved: ResolvedUpdate, deps: DeliverDeps): Promise<Outcome> {
  const { update } = resolved;
  if (isRollback(update)) {
    return {
      kind: 'superseded',
      by: update.image.tag,
      reason: 'nothing is written with `update: []`; rebuild the pull request',
    };
  }
  const known = await deps.store.find(update);
  if (known && isEnded(known)) return { kind: 'done-before', state: known.state };
  const asked = await withoutWrite(resolved, deps);
  if (!('update' in asked)) return asked;
  const { environment } = asked;
  await deps.store.update(asked.update, (current) =>
    current && isEnded(current)
      ? undefined
      : moveTo(
          current ?? queued(asked.update, environment.repository, deps.now()),
          'committed',
          placeOf(environment),
          deps.now(),
        ),
  );
  return { kind: 'awaited', applications: environment.application.join(', ') };
}
