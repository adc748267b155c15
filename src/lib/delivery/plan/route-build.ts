import type { Build } from '../../model/build.ts';
import { fillBuildTag } from '../../builds/build-tag.ts';
import { isOfCollections, namesDefinition } from '../../builds/evaluate-build.ts';
import { splitImageName } from '../../model/image-reference.ts';
import { takesBuild } from '../../routes/match/build-filter.ts';
import type { Environment, RouteTable } from '../../routes/route.ts';
import type { TaggedImage } from '../../model/tag-update.ts';

/** An image that a build has made, by the routes' `build`, and the environments with that `build`. */
export interface BuiltImage {
  readonly image: TaggedImage;
  readonly route: string;
  readonly environments: ReadonlySet<string>;
}

/** An image whose tag is known only in part, because the template has a `*`. */
export interface OpenImage extends Omit<BuiltImage, 'image'> {
  readonly image: Omit<TaggedImage, 'tag'>;
  /** Glob of the whole tag. */
  readonly tags: string;
}

/** An environment whose `build` names the build, and that gets no update of it. */
export interface SkippedBuild {
  readonly route: string;
  readonly environment: string;
  /** `build-refused`: `from`. */
  readonly code: 'tag-unset' | 'tag-invalid' | 'build-refused';
  /** For people. */
  readonly reason: string;
}

/** The images that a build makes by the routes: their tags follow from it, whole or in part. */
export function routeBuild(
  table: RouteTable,
  build: Build,
  collections: readonly string[],
): {
  readonly images: readonly BuiltImage[];
  readonly open: readonly OpenImage[];
  readonly skipped: readonly SkippedBuild[];
} {
  const byReference = new Map<string, BuiltImage & { readonly environments: Set<string> }>();
  const skipped: SkippedBuild[] = [];
  for (const name of table.imagesBuiltBy(build)) {
    const route = table.match(name);
    const image = splitImageName(name);
    if (!route || !image) continue;
    for (const environment of route.environments) {
      if (!isNamed(environment, build, collections)) continue;
      const tag = tagOf(environment, build);
      if (typeof tag !== 'string') {
        skipped.push({ route: route.name, environment: environment.name, ...tag });
        continue;
      }
      const key = `${name}:${tag}`;
      const known = byReference.get(key) ?? { image: { ...image, tag }, route: route.name, environments: new Set() };
      known.environments.add(environment.name);
      byReference.set(key, known);
    }
  }
  const found = [...byReference.values()];
  const open = found.filter(({ image }) => image.tag.includes('*'));
  return {
    images: found.filter(({ image }) => !image.tag.includes('*')),
    open: open.map(({ image: { tag, ...image }, route, environments }) => ({ image, tags: tag, route, environments })),
    skipped,
  };
}

function isNamed(environment: Environment, build: Build, collections: readonly string[]): boolean {
  const named = environment.build;
  const says = named?.definition !== undefined || named?.repository !== undefined;
  return (
    says &&
    isOfCollections(build.collection, environment, collections) &&
    namesDefinition(environment, build, collections) === undefined
  );
}

/** The tag, or with a `*` in the template a glob of it. */
function tagOf(environment: Environment, build: Build): string | Pick<SkippedBuild, 'code' | 'reason'> {
  const template = environment.build?.tag;
  if (template === undefined)
    return { code: 'tag-unset', reason: '`build` has no `tag`, so only a push gives the tag' };
  const verdict = takesBuild(environment.from, build);
  if (!verdict.taken) return { code: 'build-refused', reason: verdict.reason };
  const tag = fillBuildTag(template, build);
  return tag ?? { code: 'tag-invalid', reason: `\`build.tag\` is ${template}, and a registry takes no such tag` };
}
