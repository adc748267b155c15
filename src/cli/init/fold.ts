import type { EnvironmentGuess, ImageGuess, UpdateGuess } from './guess.ts';
import { withWord } from './texts.ts';

/** A route to be written: one image, or a family of them. */
export interface RouteGuess {
  readonly name: string;
  readonly image: string;
  /** The fields that are equal in all environments. */
  readonly common?: Pick<EnvironmentGuess, 'application' | 'repository' | 'branch' | 'delivery'> & {
    readonly update: readonly UpdateGuess[];
    /** The other fields are common as well. */
    readonly isWhole: boolean;
  };
  readonly environments: ReadonlyMap<string, EnvironmentGuess>;
  /** The images that it was folded from. */
  readonly images: readonly string[];
}

const words: Readonly<Record<number, readonly string[]>> = {
  1: ['service'],
  2: ['domain', 'service'],
  3: ['group', 'domain', 'service'],
};

/** Folds families of images whose files differ in the image's own name only into a pattern each. */
export function foldRoutes(guesses: readonly ImageGuess[]): readonly RouteGuess[] {
  const families = new Map<string, ImageGuess[]>();
  const single: ImageGuess[] = [];
  for (const guess of guesses) {
    const signature = signatureOf(guess);
    if (signature === undefined) single.push(guess);
    else families.set(signature, [...(families.get(signature) ?? []), guess]);
  }
  const taken = new Set<string>();
  const routes: RouteGuess[] = [];
  for (const family of [...families.values()].toSorted((a, b) => b.length - a.length)) {
    const pattern = family.length > 1 ? patternOf(family) : undefined;
    if (pattern && !taken.has(pattern.image)) {
      taken.add(pattern.image);
      routes.push(pattern);
    } else {
      single.push(...family);
    }
  }
  const exact = single.map((guess) => exactRoute(guess));
  return named([...routes, ...exact.toSorted((a, b) => Number(a.image > b.image) - Number(a.image < b.image))]);
}

function segmentsOf(image: string): { readonly registry: string; readonly parts: readonly string[] } {
  const [registry = '', ...parts] = image.split('/');
  return { registry, parts };
}

function commonOf({ environments }: Pick<ImageGuess, 'environments'>): RouteGuess['common'] {
  const [first, ...others] = environments.values();
  if (!first || others.some(({ update }) => JSON.stringify(update) !== JSON.stringify(first.update))) return undefined;
  const rest = restOf(first);
  const isWhole = others.every((other) => JSON.stringify(restOf(other)) === JSON.stringify(rest));
  return { update: first.update, isWhole, ...(isWhole && rest) };
}

/** The fields beside `update`. */
export function restOf({
  application,
  repository,
  branch,
  delivery,
}: EnvironmentGuess): Pick<EnvironmentGuess, 'application' | 'repository' | 'branch' | 'delivery'> {
  return {
    ...(repository !== undefined && { repository }),
    ...(branch !== undefined && { branch }),
    ...(delivery !== undefined && { delivery }),
    ...(application !== undefined && { application }),
  };
}

/** A guess without the image's own name; equal within a family. */
function signatureOf(guess: ImageGuess): string | undefined {
  const { registry, parts } = segmentsOf(guess.image);
  const names = words[parts.length];
  if (!names) return undefined;
  const common = commonOf(guess);
  return JSON.stringify([
    registry,
    parts.length,
    generalize(common?.isWhole === true ? common : fieldsOf(guess.environments), parts, names),
  ]);
}

/** The fields of each environment, without the evidence. */
function fieldsOf(environments: ImageGuess['environments']): readonly unknown[] {
  return Array.from(environments, ([name, guess]) => [name, guess.update, restOf(guess)]);
}

function generalize<T>(value: T, parts: readonly string[], names: readonly string[]): T {
  const pairs = parts
    .map((part, index) => ({ part, name: names[index] ?? '' }))
    .toSorted((a, b) => b.part.length - a.part.length);
  // File names, paths and names alone are changed: the names of fields are none of the image's.
  const inText = (text: string): string =>
    pairs.reduce((done, { part, name }) => (name === '' ? done : withWord(done, part, name)), text);
  const inside = (inner: unknown): unknown => {
    if (typeof inner === 'string') return inText(inner);
    if (Array.isArray(inner)) return inner.map(inside);
    return typeof inner === 'object' && inner !== null
      ? Object.fromEntries(Object.entries(inner).map(([key, entry]) => [key, inside(entry)]))
      : inner;
  };
  return inside(value) as T;
}

function patternOf(family: readonly ImageGuess[]): RouteGuess | undefined {
  const [first] = family;
  if (!first) return undefined;
  const common = commonOf(first);
  const { registry, parts } = segmentsOf(first.image);
  const all = family.map(({ image }) => segmentsOf(image).parts);
  // A part that all have in common is kept.
  const names = (words[parts.length] ?? []).map((word, index) =>
    all.every((other) => other[index] === parts[index]) ? '' : word,
  );
  const written = parts.map((part, index) => (names[index] === '' ? part : `{${names[index] ?? ''}}`)).join('/');
  const environments = new Map<string, EnvironmentGuess>();
  for (const one of family)
    for (const [name, guess] of one.environments) {
      const known = environments.get(name);
      environments.set(name, {
        ...(known ?? generalize({ update: guess.update, ...restOf(guess) }, segmentsOf(one.image).parts, names)),
        tags: [...(known?.tags ?? []), ...guess.tags],
        why: known?.why ?? guess.why,
      });
    }
  return {
    name: written,
    image: `${registry}/${written}`,
    ...(common && { common: generalize(common, parts, names) }),
    environments,
    images: family.map(({ image }) => image),
  };
}

function exactRoute(guess: ImageGuess): RouteGuess {
  const common = commonOf(guess);
  const name = segmentsOf(guess.image).parts.join('/');
  return {
    name,
    image: guess.image,
    environments: guess.environments,
    images: [guess.image],
    ...(common && { common }),
  };
}

/** Names of images in several registries get the registry's own in front. */
function named(routes: readonly RouteGuess[]): readonly RouteGuess[] {
  const registries = new Set(routes.map(({ image }) => segmentsOf(image).registry));
  if (registries.size < 2) return routes;
  return routes.map((route) =>
    Object.assign({}, route, { name: `${segmentsOf(route.image).registry.replaceAll(':', '-')}/${route.name}` }),
  );
}
