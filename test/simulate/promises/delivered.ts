import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { isReplay, isRollback } from '../../../src/lib/model/tag-update.ts';
import { placeOf, places } from '../fleet.ts';
import type { Place } from '../fleet.ts';
import type { Rest, Violation } from '../rest.ts';
import { describeValue } from '../shown.ts';
import { formatValue, orderOf } from '../values.ts';
import { wasCommitted } from './ended.ts';

/** P13: an image that is healthy in every source has come, or a person or a newer image stopped it. */
export function deliveredViolations(rest: Rest): Violation[] {
  const targets = places.filter(({ promoteFrom }) => promoteFrom.length > 0);
  return [
    ...targets.flatMap((place) => placeViolations(place, rest)),
    ...targets.flatMap((place) => endedEarly(place, rest)),
  ];
}

/** Whatever sources or windows hold back waits, or is judged again: it ends only where something newer came. */
function endedEarly(place: Place, rest: Rest): Violation[] {
  const { route, environment } = place;
  return [...rest.records.values()]
    .filter(({ update }) => update.route === route && update.environment === environment)
    .filter(({ update }) => !isRollback(update) && !isReplay(update))
    .filter((one) => one.state === 'superseded' && !wasCommitted(one) && !wasPassed(one, place, rest))
    .map(({ update, reason }) => {
      const text = `${update.image.tag} (${update.id}) ended superseded, and nothing newer came: ${reason}`;
      return { promise: 'P13', route, environment, text };
    });
}

function placeViolations(place: Place, rest: Rest): Violation[] {
  const { route, environment } = place;
  const tip = rest.history.commits.length - 1;
  const sources = place.promoteFrom.map((name) => placeOf(route, name));
  const [first] = sources;
  if (!first) return [];
  const held = rest.history.valueAt(first, tip);
  const isEverywhere = sources.every((source) => {
    const own = rest.history.valueAt(source, tip);
    const ended = [...rest.records.values()].some(
      ({ update, state, health }) =>
        update.route === route &&
        update.environment === source.environment &&
        state === 'healthy' &&
        update.image.tag === own.tag &&
        (!source.writesDigest || update.image.digest === own.digest) &&
        health?.digest !== undefined,
    );
    return ended && formatValue(own) === formatValue(held) && rest.world.argoCd.isAsWanted(source.application);
  });
  const isBuild = /^\d+$/.test(held.tag);
  if (!isEverywhere || !isBuild) return [];
  const wanted = place.takes === 'versions' ? releaseOf(place, held.digest, rest) : held;
  if (!wanted) return [];
  const records = [...rest.records.values()].filter(
    ({ update }) =>
      update.route === route &&
      update.environment === environment &&
      update.image.tag === wanted.tag &&
      (!place.writesDigest || update.image.digest === wanted.digest),
  );
  if (records.some((record) => hasCome(record, place, rest)) || isAt(place, wanted.tag, rest)) return [];
  const states = records.map(({ state, code, reason }) => `${state} ${code ?? ''} ${reason ?? ''}`).join(', ');
  const text = `${describeValue(wanted)} is healthy in ${place.promoteFrom.join(', ')}, and its record is ${states || 'missing'}`;
  return [{ promise: 'P13', route, environment, text }];
}

function hasCome(record: Deployment, place: Place, rest: Rest): boolean {
  const { state, code } = record;
  if (wasCommitted(record) || code === 'pull-request-closed') return true;
  if (state === 'superseded') return wasPassed(record, place, rest);
  // A tag without digest that moved since it was healthy does not go on.
  return code === 'tag-moved' && !place.writesDigest;
}

/** Whether a newer tag, or this one, was ever in the file, or was proposed and refused. */
function wasPassed({ update }: Deployment, place: Place, { history, records }: Rest): boolean {
  const { tag: wanted } = update.image;
  const own = orderOf(wanted) ?? Infinity;
  // A build is no release.
  const isAbove = (tag: string): boolean =>
    tag.startsWith('v') === wanted.startsWith('v') && (orderOf(tag) ?? -1) >= own;
  const wasThere = (history.changes.get(place) ?? []).some(({ value }) => isAbove(value.tag));
  const isOfPlace = ({ update: { route, environment } }: Deployment): boolean =>
    route === place.route && environment === place.environment;
  return (
    wasThere ||
    [...records.values()].some(
      (one) => one.code === 'pull-request-closed' && isOfPlace(one) && isAbove(one.update.image.tag),
    )
  );
}

/** Whether the place holds the tag, or a newer one, whoever wrote it. */
function isAt(place: Place, tag: string, { history }: Rest): boolean {
  const { tag: held } = history.valueAt(place, history.commits.length - 1);
  return held === tag || (/^\d+$/.test(held) && Number(held) > Number(tag));
}

/** The newest release of an image, if no newer one was pushed. */
function releaseOf({ route }: Place, digest: string | undefined, { pushes }: Rest) {
  const newest = pushes.all.findLast((one) => one.route === route && one.tag.startsWith('v'));
  return newest && newest.digest === digest ? newest : undefined;
}
