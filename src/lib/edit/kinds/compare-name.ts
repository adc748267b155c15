import { imageName, splitImageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { sameImage } from './image-text.ts';

/**
 * How a name in a file relates to an image:
 *
 * - `same`: the same image, perhaps with a registry that another value of the file holds
 * - `partial`: the end of the image's name, without a registry
 * - `mirror`: the image's path in another registry
 * - `unknown`: no name, such as a template, or an empty text
 */
export type NameRelation = 'same' | 'partial' | 'mirror' | 'other' | 'unknown';

export interface Registries {
  /** The registry beside the name, which the chart puts in front. */
  readonly beside?: string;
  /** Registries of the whole file, which the chart may put in front. */
  readonly global: readonly string[];
}

/** Compares a name without tag and digest, as a file writes it. */
export function compareName(written: string, image: ImageReference, registries: Registries): NameRelation {
  const name = splitImageName(written.trim());
  if (!name) return 'unknown';
  const { beside = '', global } = registries;
  const names = [written, ...[beside, ...global].filter((one) => one !== '').map((one) => `${one}/${written}`)];
  if (names.some((one) => isSame(one, image))) return 'same';
  if (beside !== '' && splitImageName(beside)) return relation(`${beside}/${written}`, image);
  return relation(written, image);
}

/** The name to write where a file holds the name alone: without the registry if a value of the file holds that. */
export function repositoryToWrite(written: string | null, image: ImageReference, registries: Registries): string {
  if (written !== null && compareName(written, image, registries) === 'same') return written.trim();
  const isSplit = registries.beside !== undefined || registries.global.includes(image.registry);
  return isSplit ? image.repository : imageName(image);
}

function isSame(name: string, image: ImageReference): boolean {
  const split = splitImageName(name);
  return split !== undefined && sameImage(split, image);
}

function relation(text: string, image: ImageReference): NameRelation {
  const { repository, registry } = image;
  if (!hasRegistry(text)) return `/${repository}`.endsWith(`/${text}`) ? 'partial' : 'other';
  const path = text.slice(text.indexOf('/') + 1);
  if (path === repository || path === `${registry}/${repository}`) return 'mirror';
  return repository.includes('/') && path.endsWith(`/${repository}`) ? 'mirror' : 'other';
}

function hasRegistry(text: string): boolean {
  const first = text.includes('/') ? text.slice(0, text.indexOf('/')) : '';
  return first === 'localhost' || /[.:[A-Z]/.test(first);
}
