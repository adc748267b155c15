import type { Clock } from '../model/clock.ts';
import { imageName } from '../model/image-reference.ts';
import type { Artifact, Registry } from '../registry/registry.ts';

/** The content of a digest never changes; only its push time does, where it was deleted and pushed again. */
const rememberedMs = 10 * 60_000;
const maxRemembered = 1_000;

/** A registry that is asked once for what several environments, and several tries, want to know of a digest. */
export function rememberArtifacts({ inspect }: Pick<Registry, 'inspect'>, now: Clock): Pick<Registry, 'inspect'> {
  const remembered = new Map<string, { readonly artifact: Promise<Artifact | undefined>; readonly until: number }>();
  return {
    inspect(image) {
      if (image.digest === undefined) return inspect(image);
      const key = `${imageName(image)}@${image.digest}`;
      const known = remembered.get(key);
      if (known && known.until > now().getTime()) return known.artifact;
      if (remembered.size >= maxRemembered) remembered.clear();
      const artifact = inspect(image);
      remembered.set(key, { artifact, until: now().getTime() + rememberedMs });
      // Missing, or no answer: the next call asks again.
      artifact.then(
        (found) => found ?? remembered.delete(key),
        () => remembered.delete(key),
      );
      return artifact;
    },
  };
}
