import type { Build } from '../../model/build.ts';
import { parseRepositoryUrl } from '../../net/repository-url.ts';
import { environmentPlaceholders } from './environment-placeholders.ts';
import type { HostRules } from '../read/host-rules.ts';
import { fillPattern, isCaptureValue, matchSegment, type PatternSegment } from '../match/image-pattern.ts';
import type { Environment } from '../route.ts';
import { expandPlaceholders, placeholdersIn, type PlaceholderValues } from '../read/placeholders.ts';
import type { MergedRoute } from './merged-route.ts';

/** The parts of a build that identify its images. */
export type BuiltBy = Pick<Build, 'definition' | 'repository'>;

/** The `build` of one environment of a pattern, with captures unexpanded. */
interface OpenBuild {
  readonly route: MergedRoute;
  readonly definition?: PatternSegment;
  readonly repository?: PatternSegment;
}

/**
 * Finds the images that a build can have pushed, by the routes' `build`. An exact image is found by definition, or by
 * repository if `build` has only that. The image of a pattern is found if `build` has all its captures.
 */
export class ImagesByBuild {
  private readonly exact = new Map<string, Set<string>>();
  private readonly open: OpenBuild[] = [];

  constructor(
    routes: readonly MergedRoute[],
    environments: ReadonlyMap<MergedRoute, readonly Environment[]>,
    hosts: HostRules,
  ) {
    for (const route of routes) {
      if (route.image.captures.length === 0) this.addExact(route, environments.get(route) ?? [], hosts);
      else this.addPattern(route, hosts);
    }
  }

  /** The candidates, as `registry/repository`; the expanded route decides. */
  find(build: BuiltBy): readonly string[] {
    const { definition, repository } = build;
    const keys = [
      `id ${definition.id}`,
      `name ${definition.name.toLowerCase()}`,
      ...(repository?.key === undefined ? [] : [`repository ${repository.key}`]),
      ...(repository?.name === undefined ? [] : [`repository ${repository.name.toLowerCase()}`]),
    ];
    const images = new Set(this.open.flatMap((open) => imageOf(open, build) ?? []));
    for (const key of keys) for (const image of this.exact.get(key) ?? []) images.add(image);
    return [...images];
  }

  private addExact(route: MergedRoute, environments: readonly Environment[], hosts: HostRules): void {
    for (const { build } of environments) {
      const key = keyOf(build, hosts.azureDevOpsCollections);
      if (key === undefined) continue;
      const images = this.exact.get(key) ?? new Set();
      this.exact.set(key, images.add(route.image.text));
    }
  }

  private addPattern(route: MergedRoute, hosts: HostRules): void {
    const captures = new Map(route.image.captures.map((capture) => [capture, `{${capture}}`]));
    for (const [name, settings] of route.environments) {
      const words = environmentPlaceholders(name, settings, captures, () => undefined);
      const segment = (template: string | number | null | undefined): PatternSegment | undefined => {
        const text =
          template === null || template === undefined ? undefined : expandPlaceholders(String(template), words);
        return typeof text === 'string' ? openText(text, hosts.azureDevOpsCollections) : undefined;
      };
      const definition = segment(settings.build?.definition);
      const repository = segment(settings.build?.repository);
      const found = new Set([...(definition?.captures ?? []), ...(repository?.captures ?? [])]);
      if (!route.image.captures.every((capture) => found.has(capture))) continue;
      this.open.push({ route, ...(definition && { definition }), ...(repository && { repository }) });
    }
  }
}

function keyOf(build: Environment['build'], collections: readonly string[]): string | undefined {
  const { definition, repository } = build ?? {};
  if (definition !== undefined)
    return /^\d+$/.test(definition) ? `id ${Number(definition)}` : `name ${definition.toLowerCase()}`;
  if (repository === undefined) return undefined;
  const address = parseRepositoryUrl(repository, collections);
  return `repository ${repository.includes('://') && 'key' in address ? address.key : repository.toLowerCase()}`;
}

/** A text with captures, in the form that names and URLs are compared in. */
function openText(text: string, collections: readonly string[]): PatternSegment {
  const captures = placeholdersIn(text);
  // Canonicalization of a URL does not change this stand-in for captures.
  const standing = captures.reduce((written, capture) => written.replace(`{${capture}}`, '0capture0'), text);
  const address = text.includes('://') ? parseRepositoryUrl(standing, collections) : undefined;
  const canonical = address && 'key' in address ? address.key : standing.toLowerCase();
  return { captures, literals: canonical.split('0capture0') };
}

/** The image of a pattern whose `build` matches this build. */
function imageOf({ route, definition, repository }: OpenBuild, build: BuiltBy): string | undefined {
  const named = definition && capture(definition, [build.definition.name.toLowerCase()]);
  const built = repository && capture(repository, [build.repository?.key, build.repository?.name?.toLowerCase()]);
  if ((definition && !named) || (repository && !built)) return undefined;
  const words = new Map(named);
  for (const [word, value] of built ?? []) {
    if ((words.get(word) ?? value) !== value) return undefined;
    words.set(word, value);
  }
  return [...words.values()].every(isCaptureValue) ? fillPattern(route.image.text, words) : undefined;
}

/** The captures of the first text that matches, if each capture has one value. */
function capture(segment: PatternSegment, texts: readonly (string | undefined)[]): PlaceholderValues | undefined {
  for (const text of texts) {
    const pairs = text === undefined ? undefined : matchSegment(segment, text);
    const words = pairs && new Map(pairs);
    if (words && pairs.every(([word, value]) => words.get(word) === value)) return words;
  }
  return undefined;
}
