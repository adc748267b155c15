import { isRollback } from '../../../src/lib/model/tag-update.ts';
import { placeOf, places } from '../fleet.ts';
import type { Place } from '../fleet.ts';
import { imageOf } from '../history.ts';
import type { Change } from '../history.ts';
import type { Rest, Violation } from '../rest.ts';
import { byOrder, describeValue, isImage, longestHealthy, showsHealthy } from '../shown.ts';
import { formatValue } from '../values.ts';
import type { Value } from '../values.ts';

/** Git keeps whole seconds, and a commit follows its plan within half a minute. */
const toleranceMs = 90_000;

/** P10: an image comes into an environment once it was healthy, and soaked, in every source, and still is there. */
export function promotedViolations(rest: Rest): Violation[] {
  return places
    .filter(({ promoteFrom }) => promoteFrom.length > 0)
    .flatMap((place) =>
      (rest.history.changes.get(place) ?? []).flatMap((change) => changeViolations(place, change, rest)),
    );
}

function changeViolations(place: Place, change: Change, rest: Rest): Violation[] {
  const { route, environment } = place;
  const { trailer, commit, index } = change;
  const update = trailer && rest.records.get(trailer.id)?.update;
  if (!trailer || (update && isRollback(update)) || trailer.cause === 'rollback') return [];
  const merged = rest.world.pullRequests.all.find(({ mergeCommit }) => mergeCommit === commit);
  // A person may merge at any time.
  if (merged && merged.endedAt?.by !== 'tagrelay') return [];
  const image = imageOf(trailer);
  return place.promoteFrom.flatMap((name): Violation[] => {
    const source = placeOf(route, name);
    const report = (text: string): Violation[] => [
      { promise: 'P10', route, environment, text: `${describeValue(image)} came at ${commit}: ${text}` },
    ];
    const until = change.at + toleranceMs;
    const heard = rest.world.argoCd.sentOf(source.application).filter(({ handedAt }) => handedAt <= until);
    const anyTag = place.takes !== undefined;
    const wanted = ranAs(place, image, change.at, rest);
    const isShown = (one: (typeof heard)[number]): boolean =>
      wanted.some((value) => isImage(one, source, value, anyTag));
    if (!heard.some((one) => showsHealthy(one) && isShown(one))) return report(`it was never healthy in ${name}`);
    const soaked = longestHealthy(heard, isShown, until);
    if (soaked + toleranceMs < place.soakMs) return report(`it soaked ${soaked / 60_000} min in ${name}`);
    const held = rest.history.valueAt(source, index - 1);
    if (!anyTag && isOlder(held, image, source)) return report(`${name} held ${describeValue(held)} by then`);
    const sick = heard
      .filter(({ processedAt = Infinity }) => processedAt <= change.at - toleranceMs)
      .toSorted(byOrder)
      .at(-1);
    const isKnownWell = sick && heard.some((one) => byOrder(sick, one) < 0 && one.result.health.status === 'Healthy');
    const isOwn = formatValue(held) === formatValue(source.writesDigest ? image : { tag: image.tag });
    if (isOwn && sick && sick.result.health.status !== 'Healthy' && !isKnownWell) {
      return report(`${name} was ${sick.result.health.status} with it`);
    }
    return [];
  });
}

/** The image with the digests that its tag had in the registry around that time. */
function ranAs(place: Place, image: Value, at: number, { pushes, world }: Rest): readonly Value[] {
  if (place.writesDigest) return [image];
  const ofTag = pushes.all.filter(({ route, tag }) => route === place.route && tag === image.tag);
  const before = ofTag.findLast((one) => one.at <= at - toleranceMs);
  const around = ofTag.filter((one) => one.at > at - toleranceMs && one.at <= at);
  const digests = [before, ...around].flatMap((one) => one?.digest ?? []);
  if (digests.length > 0) return digests.map((digest) => ({ tag: image.tag, digest }));
  const digest = world.registry.find(place.route, image.tag)?.digest;
  return [{ tag: image.tag, ...(digest !== undefined && { digest }) }];
}

function isOlder(held: Value, image: Value, { writesDigest }: Place): boolean {
  if (held.tag === image.tag) return writesDigest && held.digest !== image.digest;
  return !/^\d+$/.test(held.tag) || Number(held.tag) < Number(image.tag);
}
