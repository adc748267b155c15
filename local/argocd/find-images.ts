import { parseAllDocuments } from 'yaml';
import type { ImagePlace, SourceOptions } from './options.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The images of a YAML file: `image: reference`, a `repository` with a sibling `tag` or `digest` (and a `registry`), and
 * the entries of a kustomization. A file that is not YAML, such as a chart's template, has none.
 */
export function findImages(text: string): readonly string[] {
  return [...new Set(documentsOf(text).flatMap(imagesIn))];
}

/** The images that a source of an Application sets itself. */
export function imagesOfSource({ kustomize, helm }: Pick<SourceOptions, 'kustomize' | 'helm'>): readonly string[] {
  const set = (kustomize?.images ?? []).map((image) => image.replace(/^.*=/, ''));
  const parameters: Record<string, unknown> = {};
  for (const { name, value } of helm?.parameters ?? []) setAt(parameters, name.split('.'), value);
  return [...set, ...findImages(helm?.values ?? ''), ...imagesIn(helm?.valuesObject), ...imagesIn(parameters)];
}

function setAt(map: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) map[key] = value;
  else setAt((map[key] ??= {}) as Record<string, unknown>, rest, value);
}

/** The image with tag and digest at given paths of a file. */
export function imageAt(text: string, { image, tag, digest }: Omit<ImagePlace, 'file'>): string | undefined {
  for (const document of documentsOf(text)) {
    const found = toReference(
      image,
      valueAt(document, tag),
      digest === undefined ? undefined : valueAt(document, digest),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Reads each scalar as a text: the tag `1.20` is not the number 1.2. */
function documentsOf(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { schema: 'failsafe', merge: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => (document.errors.length === 0 ? [document.toJS() as unknown] : []));
}

function imagesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (!isMap(value)) return [];
  const inside = Object.values(value).flatMap(imagesIn);
  return [...imagesOf(value), ...inside];
}

function imagesOf(map: Values): readonly string[] {
  const { image, repository, registry, tag, digest, name, newName, newTag } = map;
  const found: (string | undefined)[] = [];
  if (typeof image === 'string' && /[:@]/.test(image)) found.push(image);
  if (typeof repository === 'string') {
    const isFull = typeof registry !== 'string' || registry === '';
    found.push(toReference(isFull ? repository : `${registry}/${repository}`, tag, digest));
  }
  if (typeof name === 'string' && (newTag !== undefined || newName !== undefined)) {
    found.push(toReference(typeof newName === 'string' ? newName : name, newTag, digest));
  }
  return found.filter((reference) => reference !== undefined);
}

function toReference(name: string, tag: unknown, digest: unknown): string | undefined {
  const hasTag = typeof tag === 'string' && tag !== '';
  const hasDigest = typeof digest === 'string' && digest !== '';
  if (!hasTag && !hasDigest) return undefined;
  return `${name}${hasTag ? `:${tag}` : ''}${hasDigest ? `@${digest}` : ''}`;
}

function valueAt(document: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => (isMap(value) ? value[key] : undefined), document);
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
