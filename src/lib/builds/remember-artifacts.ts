import { AnswerCache } from '../async/answer-cache.ts';
import type { Clock } from '../model/clock.ts';
import { imageName } from '../model/image-reference.ts';
import type { Artifact, Registry } from '../registry/registry.ts';

/** The content of a digest never changes; only its push time does, where it was deleted and pushed again. */
const rememberedMs = 10 * 60_000;
const maxRemembered = 1_000;

/** A registry that is asked once for a digest, for several environments and several tries. */
export function rememberArtifacts({ inspect }: Pick<Registry, 'inspect'>, now: Clock): Pick<Registry, 'inspect'> {
  const artifacts = new AnswerCache<Artifact | undefined>({
    max: maxRemembered,
    ttlMs: rememberedMs,
    now,
    // A missing artifact can appear: the next call asks again.
    isKept: (artifact) => artifact !== undefined,
  });
  return {
    inspect: (image) =>
      image.digest === undefined
        ? inspect(image)
        : artifacts.get(`${imageName(image)}@${image.digest}`, () => inspect(image)),
  };
}
