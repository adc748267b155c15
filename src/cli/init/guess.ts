import { formatPath } from '../../lib/model/value-path.ts';
import { applicationOf, type FoundApplication } from './applications.ts';
import { compareEnvironments, environmentSign } from './environment-sign.ts';
import type { FoundImage } from './found-image.ts';

/** One entry of a route's `update`. */
export type UpdateGuess = Readonly<Record<string, unknown>> & { readonly file: string };

/** The findings for one image in one environment. */
export interface EnvironmentGuess {
  readonly update: readonly UpdateGuess[];
  readonly application?: string;
  readonly tags: readonly string[];
  /** The evidence for the environment. */
  readonly why: string;
}

export interface ImageGuess {
  readonly image: string;
  readonly environments: ReadonlyMap<string, EnvironmentGuess>;
}

/** The environment of files that show none. */
export const unknownEnvironment = 'default';

/** Sorts what was found by image and environment, and puts `{environment}` where its name stands. */
export function guessImages(
  foundImages: readonly FoundImage[],
  applications: readonly FoundApplication[],
): readonly ImageGuess[] {
  const byImage = new Map<string, FoundImage[]>();
  for (const foundImage of foundImages)
    byImage.set(foundImage.image, [...(byImage.get(foundImage.image) ?? []), foundImage]);
  return Array.from(byImage, ([image, found]) => ({
    image,
    environments: guessEnvironments(found, applications),
  })).toSorted((a, b) => Number(a.image > b.image) - Number(a.image < b.image));
}

function guessEnvironments(
  found: readonly FoundImage[],
  applications: readonly FoundApplication[],
): ReadonlyMap<string, EnvironmentGuess> {
  const placed = found.map((foundImage) => ({ foundImage, ...placeOf(foundImage, applications) }));
  // Values that hold for all environments are overwritten by those of one.
  const signed = placed.filter(({ name }) => name !== unknownEnvironment);
  const environments = new Map<string, EnvironmentGuess>();
  for (const { foundImage, name, template, why, application } of signed.length > 0 ? signed : placed) {
    const known = environments.get(name);
    const update = updateOf(foundImage, template);
    const isNew = !known?.update.some((other) => JSON.stringify(other) === JSON.stringify(update));
    const deployedBy = known?.application ?? application?.name;
    environments.set(name, {
      update: [...(known?.update ?? []), ...(isNew ? [update] : [])],
      tags: [...(known?.tags ?? []), ...(foundImage.tag === undefined ? [] : [foundImage.tag])],
      why: known?.why ?? why,
      ...(deployedBy !== undefined && { application: withWord(deployedBy, name, 'environment') }),
    });
  }
  return new Map([...environments].toSorted(([a], [b]) => compareEnvironments(a, b)));
}

interface Placed {
  readonly name: string;
  readonly template: string;
  readonly why: string;
  readonly application?: FoundApplication;
}

function placeOf({ file }: FoundImage, applications: readonly FoundApplication[]): Placed {
  const application = applicationOf(file, applications);
  const sign = environmentSign(file);
  if (sign) return { ...sign, ...(application && { application }) };
  const byApplication =
    application &&
    (environmentSign(application.file) ?? environmentSign(`values-${application.name.split('-').at(-1) ?? ''}.yaml`));
  if (application && byApplication)
    return {
      name: byApplication.name,
      template: file,
      why: `seen in the Application ${application.name}`,
      application,
    };
  return {
    name: unknownEnvironment,
    template: file,
    why: `${file} shows no environment`,
    ...(application && { application }),
  };
}

function updateOf({ target }: FoundImage, file: string): UpdateGuess {
  switch (target.kind) {
    case 'helm-tag': {
      const digest = target.digest
        ? { digest: formatPath([...target.path.slice(0, -1), { kind: 'key', key: 'digest' }]) }
        : {};
      return { file, helm: { tag: formatPath(target.path), ...digest } };
    }
    case 'helm-image':
      return { file, helm: { image: formatPath(target.path) } };
    case 'kustomize':
      return {
        file,
        kustomize: { ...(target.name !== undefined && { name: target.name }), ...(target.digest && { digest: true }) },
      };
    case 'manifest':
      return { file, manifest: {} };
    case 'application':
      return { file, application: {} };
    default:
      return target satisfies never;
  }
}

/** Puts `{word}` where a value stands as a word of its own; putting the value back gives the same text. */
export function withWord(text: string, value: string, word: string): string {
  const escaped = value.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(`(?<![A-Za-z0-9{])${escaped}(?![A-Za-z0-9}])`, 'g'), `{${word}}`);
}
