import { formatPath, type PathSegment } from '../../lib/model/value-path.ts';
import { compareEnvironments } from './environment-words.ts';
import type { FoundImage } from './found-image.ts';
import type { PlacedImage } from './placed-image.ts';
import { groupBy, withWord } from './texts.ts';

/** One entry of a route's `update`. */
export type UpdateGuess = Readonly<Record<string, unknown>> & { readonly file: string };

/** The findings for one image in one environment. */
export interface EnvironmentGuess {
  readonly update: readonly UpdateGuess[];
  readonly application?: string | readonly string[];
  /** Where it differs from the defaults. */
  readonly repository?: string;
  readonly branch?: string;
  readonly delivery?: 'observe';
  readonly tags: readonly string[];
  /** The evidence for the environment. */
  readonly why: string;
}

export interface ImageGuess {
  readonly image: string;
  readonly environments: ReadonlyMap<string, EnvironmentGuess>;
}

/** Sorts placed images by image and environment. */
export function guessImages(placed: readonly PlacedImage[]): readonly ImageGuess[] {
  return Array.from(
    groupBy(placed, ({ found }) => found.image),
    ([image, own]) => ({ image, environments: guessEnvironments(own) }),
  ).toSorted((a, b) => Number(a.image > b.image) - Number(a.image < b.image));
}

function guessEnvironments(placed: readonly PlacedImage[]): ReadonlyMap<string, EnvironmentGuess> {
  const environments = new Map<string, EnvironmentGuess>();
  for (const { found, name, template, why, application } of placed) {
    const known = environments.get(name);
    const update = updateOf(found, template, found.element);
    const isNew = !known?.update.some((other) => JSON.stringify(other) === JSON.stringify(update));
    const deployedBy = known?.application ?? (application && withWord(application.name, name, 'environment'));
    environments.set(name, {
      update: [...(known?.update ?? []), ...(isNew ? [update] : [])],
      tags: [...(known?.tags ?? []), ...(found.tag === undefined ? [] : [found.tag])],
      why: known?.why ?? why,
      ...(deployedBy !== undefined && { application: deployedBy }),
    });
  }
  return new Map([...environments].toSorted(([a], [b]) => compareEnvironments(a, b)));
}

/**
 * An entry of `update` that writes a place.
 *
 * @param section the environment that a key of the path names
 */
export function updateOf({ target }: FoundImage, file: string, section?: string): UpdateGuess {
  const pathText = (path: readonly PathSegment[]): string =>
    section === undefined ? formatPath(path) : withWord(formatPath(path), section, 'environment');
  const written = 'digest' in target && target.digest === true ? { digest: true } : {};
  switch (target.kind) {
    case 'helm-tag': {
      const { path, digest } = target;
      const beside = digest === true ? [...path.slice(0, -1), { kind: 'key' as const, key: 'digest' }] : digest;
      return { file, helm: { tag: pathText(path), ...(beside && { digest: pathText(beside) }) } };
    }
    case 'helm-image':
      return { file, helm: { image: pathText(target.path), ...written } };
    case 'yaml':
      return { file, yaml: { path: pathText(target.path), value: target.value } };
    case 'kustomize':
      return { file, kustomize: { ...(target.name !== undefined && { name: target.name }), ...written } };
    case 'manifest':
      return { file, manifest: written };
    case 'application':
      return {
        file,
        application: {
          ...(target.element !== undefined && { element: target.element }),
          ...(target.parameters && { parameters: target.parameters }),
          ...written,
        },
      };
    default:
      return target satisfies never;
  }
}
