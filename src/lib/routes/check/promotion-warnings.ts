import { writesDigest } from '../../model/file-edit.ts';
import type { Environment } from '../route.ts';

/**
 * Why the promotions of an environment hold only for the moment of the commit: a tag without its digest runs whatever it
 * points to when a pod starts. `undefined` if the files of the environment and its sources have digests.
 */
export function unpinnedPromotion(environment: Environment, environments: readonly Environment[]): string | undefined {
  const { name, promoteFrom } = environment;
  if (promoteFrom.length === 0) return undefined;
  const sources = environments.filter((one) => promoteFrom.includes(one.name));
  const unpinned = [environment, ...sources].filter(isUnpinned).map((one) => `\`${one.name}\``);
  if (unpinned.length === 0) return undefined;
  return `${unpinned.join(' and ')} without a digest in the files: if its tag is moved, \`${name}\` can run another image than the one that was healthy; write the digest too`;
}

function isUnpinned({ update }: Environment): boolean {
  return update.length > 0 && !update.some(writesDigest);
}

/** Pushes to a source of a main branch are about this far apart, or closer, on a working day. */
const oftenSeconds = 3_600;

/**
 * Why the soak of an environment may never end: a source takes pushes, and each push replaces the image that soaks.
 * `undefined` for a short soak.
 */
export function starvingSoak(environment: Environment, environments: readonly Environment[]): string | undefined {
  const { name, promoteFrom, soakSeconds } = environment;
  if (soakSeconds < oftenSeconds) return undefined;
  const pushed = environments.filter((one) => promoteFrom.includes(one.name) && one.takesPushes);
  if (pushed.length === 0) return undefined;
  const sources = pushed.map((one) => `\`${one.name}\``).join(' and ');
  return `${sources} accepts pushes, and each push replaces the image that soaks: if pushes come more often than \`soak\`, nothing reaches \`${name}\`; expected a shorter \`soak\`, or one after an environment that only promotions reach`;
}
