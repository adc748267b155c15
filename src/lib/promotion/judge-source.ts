import type { SyncResult } from '../intake/sync-result.ts';
import type { Deployment, Mark } from '../model/deployment.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { Environment } from '../routes/route.ts';
import type { Inspection } from '../values/inspect.ts';
import { atSource } from './at-source.ts';
import { healthyIn } from './candidates.ts';
import { healthyTime } from './healthy-time.ts';
import type { WantedImage } from './candidates.ts';
import type { RefusalCode, Verdict } from './verdict.ts';

/** A source of a promotion, read after the target's tip. */
export interface SourceState {
  readonly environment: Environment;
  /** Records of the route with the wanted tag or digest. */
  readonly records: readonly Deployment[];
  /** The source's files at its tip, inspected for a healthy record; `undefined` if they lack its scalars. */
  readonly inspect: (record: Deployment) => Inspection | undefined;
  readonly mark: Mark | undefined;
  /** The last result of each of its applications. */
  readonly results: readonly (SyncResult | undefined)[];
  /** How long each healthy record has soaked, by id; empty without `soak`. */
  readonly soaks: ReadonlyMap<string, SoakTime>;
}

/** The times that a healthy value was in the files of a source with healthy applications. */
export interface SoakTime {
  /** The longest, in milliseconds. */
  readonly longestMs: number;
  /** When the present one began, in milliseconds since 1970; absent if the value is not there, or not healthy. */
  readonly since?: number;
}

/** A promotion that time alone holds back is planned again after this time, at the latest. */
const againAfterMs = 10 * 60_000;

/** Whether one source lets an image go on. A target with `tags` of its own compares the digest alone. */
export function judgeSource(
  source: SourceState,
  wanted: WantedImage,
  { takesPushes: anyTag, soakSeconds }: Pick<Environment, 'takesPushes' | 'soakSeconds'>,
  now: Date,
): Verdict {
  const { environment, records, mark, results } = source;
  const { name } = environment;
  const healthy = healthyIn(environment, records, wanted, anyTag);
  if (healthy.length === 0) {
    const wasHealthy = !anyTag && healthyIn(environment, records, { tag: wanted.tag }, false).length > 0;
    if (wanted.commit !== undefined) {
      return refused(
        'not-promoted',
        `no image of its source commit ${wanted.commit.slice(0, 10)} has been healthy in ${name}`,
      );
    }
    return wasHealthy
      ? refused('tag-moved', `${wanted.tag} was healthy in ${name} with another digest, or with one that is unknown`)
      : refused('not-promoted', `${wanted.tag} has not been healthy in ${name}`);
  }
  const held = healthy.map((record) => atSource(source.inspect(record), mark));
  if (held.every((one) => one === 'taken-back')) {
    return refused('taken-back', `${name} no longer holds ${wanted.tag}, nor a newer tag`);
  }
  const sick = results.find((result) => result && result.health.status !== 'Healthy');
  if (held.includes('own') && sick) {
    const reason = `${name} is ${sick.health.status.toLowerCase()}`;
    return { kind: 'waits', reason, until: now.getTime() + againAfterMs };
  }
  if (soakSeconds > 0) {
    const kept = healthy.flatMap(({ update }, index) => {
      const at = held[index];
      const soak = source.soaks.get(update.id);
      return soak && at && at !== 'taken-back' ? [{ soak, isAtTip: at === 'own' }] : [];
    });
    const holds = [...new Set(healthy.flatMap((record) => source.inspect(record)?.currentTags ?? []))].join(', ');
    const waiting = judgeSoak(kept, soakSeconds * 1000, { name, holds }, now);
    if (waiting) return waiting;
  }
  const exact = wanted.commit === undefined && (!environment.update.some(writesDigest) || held.includes('own'));
  const first = Math.min(...healthy.map(healthyTime));
  return {
    kind: 'promoted',
    isAtSources: exact,
    sources: [{ environment: name, since: new Date(first).toISOString() }],
  };
}

/** Once a soak was long enough, the image has soaked for good, also where a newer one has replaced it since. */
function judgeSoak(
  kept: readonly { readonly soak: SoakTime; readonly isAtTip: boolean }[],
  soakMs: number,
  { name, holds }: { readonly name: string; readonly holds: string },
  now: Date,
): Verdict | undefined {
  if (kept.some(({ soak }) => soak.longestMs >= soakMs)) return undefined;
  const atTip = kept.filter(({ isAtTip }) => isAtTip);
  if (atTip.length === 0) {
    return refused('soak-replaced', `${holds} replaced it in ${name} before it had been healthy for its soak`);
  }
  const ends = atTip.flatMap(({ soak: { since } }) => (since === undefined ? [] : [since + soakMs]));
  if (ends.length === 0) {
    return { kind: 'waits', reason: `soaks in ${name}`, until: now.getTime() + againAfterMs };
  }
  const until = Math.min(...ends);
  return { kind: 'waits', reason: `soaks in ${name} until ${new Date(until).toISOString()}`, until };
}

function refused(code: RefusalCode, reason: string): Verdict {
  return { kind: 'refused', code, reason };
}
