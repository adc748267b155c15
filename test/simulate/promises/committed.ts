import { isReplay, isRollback } from '../../../src/lib/model/tag-update.ts';
import { appAuthor } from '../../support/memory/memory-repository.ts';
import { places } from '../fleet.ts';
import type { Place } from '../fleet.ts';
import type { Change } from '../history.ts';
import { imageOf } from '../history.ts';
import type { Rest, Violation } from '../rest.ts';
import { formatValue } from '../values.ts';
import { wasCommitted } from './ended.ts';

/** P2: nothing twice, no commit is empty. P3, P4: never backwards. P7: each commit has its record. */
export function committedViolations(rest: Rest): Violation[] {
  return [...commitViolations(rest), ...places.flatMap((place) => orderViolations(place, rest))];
}

function commitViolations({ history, records, world }: Rest): Violation[] {
  const violations: Violation[] = [];
  const seen = new Map<string, string>();
  for (const [index, { id: commit, trailers }] of history.commits.entries()) {
    const { author } = world.git.commit(commit);
    for (const trailer of author === appAuthor ? trailers : []) {
      const { id, route, environment } = trailer;
      const report = (promise: string, text: string): void =>
        void violations.push({ promise, route, environment, text: `${trailer.image} (${id}) ${text}` });
      const place = places.find((one) => one.route === route && one.environment === environment);
      if (!place) continue;
      const [before, after] = [history.valueAt(place, index - 1), history.valueAt(place, index)];
      if (formatValue(before) === formatValue(after)) report('P2', `changes nothing at ${commit}`);
      if (formatValue(after) !== formatValue(imageOf(trailer))) report('P2', `is not what ${commit} writes`);
      const first = seen.get(id);
      if (first !== undefined) report('P2', `is committed by ${first} and ${commit}`);
      seen.set(id, commit);
      const record = records.get(id);
      if (!record || !wasCommitted(record)) report('P7', `is in ${commit}, and its record says ${record?.state}`);
      else if (record.commit !== commit) report('P7', `is in ${commit}, and its record says ${record.commit}`);
    }
  }
  return violations;
}

/** Each value of ours is newer than what was there, and than all that we brought before. */
function orderViolations(place: Place, { history, records }: Rest): Violation[] {
  const { route, environment } = place;
  const violations: Violation[] = [];
  let highest: Change | undefined;
  for (const change of history.changes.get(place) ?? []) {
    const { trailer, value, before, commit } = change;
    if (!trailer) continue;
    const update = records.get(trailer.id)?.update;
    const isFree = update === undefined || isRollback(update) || isReplay(update);
    const report = (promise: string, text: string): void =>
      void violations.push({ promise, route, environment, text: `${value.tag} (${trailer.id}) ${text} at ${commit}` });
    if (!isFree && !goesOn(value.tag, before.tag, place)) report('P4', `replaces ${formatValue(before)}`);
    if (!isFree && highest && !goesOn(value.tag, highest.value.tag, place))
      report('P3', `comes after ${highest.value.tag}`);
    if (!isFree && highest && formatValue(value) === formatValue(highest.value))
      report('P3', `comes again, after ${formatValue(before)} took its place`);
    if (!highest || goesOn(value.tag, highest.value.tag, place)) highest = change;
  }
  return violations;
}

/** A tag that the policy does not know counts as older; the same tag is a rebuild. */
function goesOn(tag: string, before: string, { takes }: Place): boolean {
  const pattern = takes === 'versions' ? /^v1\.0\.(\d+)$/ : /^(\d+)$/;
  const [own, other] = [tag, before].map((one) => pattern.exec(one)?.[1]).map(toNumber);
  return other === undefined || (own !== undefined && own >= other);
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
