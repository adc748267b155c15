import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { passesWindows } from '../../../src/lib/model/tag-update.ts';
import { appAuthor } from '../../support/memory/memory-repository.ts';
import { placeOf } from '../fleet.ts';
import type { Rest, Violation } from '../rest.ts';
import { isOpenAt } from '../windows.ts';

/** P11: while a window is closed, nothing is committed, and no proposal is opened, changed or completed. */
export function heldViolations({ world, records, freezings }: Rest): Violation[] {
  return world.git.all().flatMap((commit): Violation[] => {
    if (commit.author !== appAuthor) return [];
    const at = commit.committedAt.getTime();
    return parseTrailers(commit.message).flatMap(({ id, route, environment, cause, image }): Violation[] => {
      const update = records.get(id)?.update;
      if (cause === 'rollback' || (update && passesWindows(update))) return [];
      const { windows } = placeOf(route, environment);
      const freezing = freezings.find(
        (one) => one.environment === environment && one.from < at && at < one.until - 1000,
      );
      if (isOpenAt(windows, at) && !freezing) return [];
      const why = freezing ? 'in a freeze' : 'while its windows were closed';
      const text = `${image} was written at ${commit.committedAt.toISOString()}, ${why} (${commit.id})`;
      return [{ promise: 'P11', route, environment, text }];
    });
  });
}
