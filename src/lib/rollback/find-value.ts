import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import { isState } from '../model/deployment-states.ts';
import type { Deployment } from '../model/deployment.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { TaggedImage } from '../model/tag-update.ts';
import type { Registry } from '../registry/registry.ts';
import { didYouMean } from '../routes/read/suggest.ts';
import type { Environment } from '../routes/route.ts';
import { policyTag } from '../values/policy-tag.ts';
import type { Clock } from '../model/clock.ts';

export interface FindValueDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  /** Absent with `VERIFY_IMAGE=false`. */
  readonly registry?: Pick<Registry, 'lookUp'>;
  readonly now: Clock;
}

/** A value to go back to. */
export interface Value {
  readonly image: TaggedImage;
  /** ISO 8601. */
  readonly pushedAt: string;
}

type Found = Value | { readonly unknown: string } | { readonly refused: string };

interface Wanted {
  readonly route: string;
  readonly environment: Environment;
  /** The value of the files now. */
  readonly held: TaggedImage;
}

/** Records of an environment that are read to find a value. */
const maxRecords = 100;

/** The value of a tag: its last deployment here, else the tag as the registry has it. */
export async function findTag(tag: string, wanted: Wanted, { index, registry, now }: FindValueDeps): Promise<Found> {
  const { route, environment, held } = wanted;
  const { deployments } = await index.list({ route, environment: environment.name, tag }, { limit: maxRecords });
  const before = deployments.find(({ commit }) => commit !== undefined);
  if (before) return { image: before.update.image, pushedAt: before.update.pushedAt };
  const { digest: _digest, ...name } = held;
  const state = await registry?.lookUp({ ...name, tag }, { awaitReplicas: false });
  if (!state) {
    const known = await index.list({ route, environment: environment.name }, { limit: maxRecords });
    const names = new Set(known.deployments.map(({ update }) => update.image.tag));
    const near = didYouMean(tag, names);
    return registry
      ? { unknown: `${name.registry}/${name.repository} has no tag ${tag}${near}` }
      : { unknown: `No deployment of tag ${tag} is known here, and no registry is asked${near}` };
  }
  const needsDigest = environment.update.some(writesDigest);
  const pushedAt = (state.lastUpdateTime ?? now()).toISOString();
  return { image: { ...name, tag, ...(needsDigest && { digest: state.digest }) }, pushedAt };
}

/** The last value that was healthy here and that the files do not hold. */
export async function findLastHealthy(
  { route, environment, held }: Wanted,
  { index }: Pick<FindValueDeps, 'index'>,
): Promise<Found> {
  const filter = { route, environment: environment.name };
  const { deployments } = await index.list({ ...filter, state: 'healthy' }, { limit: maxRecords });
  const [last] = deployments
    .filter((record) => isState(record.state, 'good') && !isHeld(record, environment, held))
    .toSorted((a, b) => healthyAt(b).localeCompare(healthyAt(a)));
  if (last) return { image: last.update.image, pushedAt: last.update.pushedAt };
  return { refused: 'no other value is known to have been healthy here; name a tag with `to`' };
}

function healthyAt({ states, updatedAt }: Deployment): string {
  return states.findLast(({ state }) => state === 'healthy')?.at ?? updatedAt;
}

function isHeld({ update: { image } }: Deployment, environment: Environment, held: TaggedImage): boolean {
  const isSameDigest = !environment.update.some(writesDigest) || image.digest === held.digest;
  return policyTag(environment, image.tag) === policyTag(environment, held.tag) && isSameDigest;
}
