import { loadRoutes } from '../../lib/routes/load.ts';
import type { Environment } from '../../lib/routes/route.ts';
import { splitImageName } from '../../lib/model/image-reference.ts';
import { planImage, type ImagePlan } from '../plan/plan-image.ts';
import type { FoundImage } from './found-image.ts';
import { nextTag } from './guess-tags.ts';
import { groupBy } from './texts.ts';

/** A file that the guessed routes cannot write. */
export interface Refusal {
  readonly image: string;
  readonly file: string;
  readonly reason: string;
}

export interface Verified {
  readonly refusals: readonly Refusal[];
  /** The lines that a push of the image writes: `file image` → lines. */
  readonly written: ReadonlyMap<string, ReadonlySet<number>>;
}

const otherDigest = `sha256:${'0'.repeat(64)}`;

/**
 * Plans guessed routes on the checkout, by the product's own plan: the tags of the files must change nothing, and the
 * next tag must change each file of the environment.
 */
export async function verifyRoutes(text: string, found: readonly FoundImage[], root: string): Promise<Verified> {
  const registries = [...new Set(found.map(({ image }) => image.slice(0, image.indexOf('/'))))];
  const { table } = loadRoutes([{ setting: 'routes.yaml', text }], { azureDevOpsCollections: [], registries });
  const refusals: Refusal[] = [];
  const written = new Map<string, Set<number>>();
  for (const [image, places] of groupBy(found, (one) => one.image)) {
    const route = table?.match(image);
    const name = splitImageName(image);
    if (!route || !name) continue;
    for (const environment of route.environments) {
      const plan = async (tag: string, digest: string | undefined): Promise<ImagePlan> =>
        await planImage({
          // The policy is checked where it is guessed; here every tag must find its places.
          route: { ...route, environments: [{ ...environment, tags: { order: 'newest', allowMovingTags: true } }] },
          image: { ...name, tag, ...(digest !== undefined && { digest }) },
          environment: environment.name,
          checkouts: { directoryOf: () => root },
          now: new Date(),
        });
      const own = places.filter((one) => environment.update.some(({ file }) => file === one.file));
      const tags = new Map(own.flatMap(({ tag, digest }) => (tag === undefined ? [] : [[tag, digest] as const])));
      for (const [tag, digest] of tags.size === 1 ? tags : []) {
        const { changes, outcomes } = await plan(tag, digest ?? otherDigest);
        refusals.push(...failures(outcomes, environment, image));
        refusals.push(
          ...changes
            .filter(({ role, to }) => !(role === 'digest' && digest === undefined) && to !== tag && to !== digest)
            .map(({ file, path, to }) => ({ image, file, reason: `its own tag ${tag} would set ${path} to ${to}` })),
        );
      }
      const next = await plan(nextTag([...tags.keys()][0] ?? '1.0.0'), otherDigest);
      refusals.push(...failures(next.outcomes, environment, image));
      for (const { file, line } of next.changes) {
        const key = `${file} ${image}`;
        written.set(key, (written.get(key) ?? new Set()).add(line));
      }
    }
  }
  return { refusals: unique(refusals), written };
}

function failures(outcomes: ImagePlan['outcomes'], { update }: Environment, image: string): readonly Refusal[] {
  return outcomes.flatMap(({ failure }) => {
    if (!failure) return [];
    const files = failure.place.file === undefined ? update.map(({ file }) => file) : [failure.place.file];
    return files.map((file) => ({ image, file, reason: failure.message.replace(`${file}: `, '') }));
  });
}

function unique(refusals: readonly Refusal[]): readonly Refusal[] {
  return [...new Map(refusals.map((one) => [`${one.file} ${one.image}`, one])).values()];
}
