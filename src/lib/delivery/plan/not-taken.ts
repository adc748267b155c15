import type { TagUpdate } from '../../model/tag-update.ts';
import type { Environment } from '../../routes/route.ts';
import { takesTag } from '../../routes/match/tag-policy.ts';
import { policyTag } from '../../values/policy-tag.ts';

/** Why an environment does not take a tag. */
export interface TagRefusal {
  readonly code: 'tag-not-taken' | 'by-promotion';
  /** For people. */
  readonly reason: string;
}

/**
 * Why an environment does not take a pushed tag.
 *
 * @returns `undefined` if it takes it
 */
export function refusePush(
  { takesPushes, promoteFrom, ...environment }: Environment,
  tag: string,
): TagRefusal | undefined {
  if (!takesPushes) {
    return { code: 'by-promotion', reason: `it takes what was healthy in ${promoteFrom.join(' and ')}` };
  }
  return refuseTag(environment, tag);
}

/**
 * Why an environment no longer takes an update by its routes, which were edited since. An order of a person, the repair of an
 * overtaken update and a rollback do not depend on the tag policy.
 *
 * @returns for people; `undefined` if it takes it
 */
export function notTaken({ cause, image }: TagUpdate, environment: Environment): string | undefined {
  switch (cause.kind) {
    case 'push':
    case 'build':
    case 'reconcile':
      return refusePush(environment, image.tag)?.reason;
    case 'promotion':
      if (environment.promoteFrom.length === 0) return 'nothing is promoted to it';
      return environment.takesPushes ? refuseTag(environment, image.tag)?.reason : undefined;
    case 'replay':
    case 'overtaken':
    case 'rollback':
      return undefined;
    default:
      return cause satisfies never;
  }
}

function refuseTag(
  environment: Parameters<typeof policyTag>[0] & Pick<Environment, 'tags'>,
  tag: string,
): TagRefusal | undefined {
  const verdict = takesTag(environment.tags, policyTag(environment, tag));
  return verdict.taken ? undefined : { code: 'tag-not-taken', reason: verdict.reason };
}
