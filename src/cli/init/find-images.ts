import { imageName, parseImageReference, splitImageName } from '../../lib/model/image-reference.ts';
import { tagOf, type FoundImage } from './found-image.ts';
import { inApplication } from './in-application.ts';
import { includedFiles } from './included-files.ts';
import { inTexts } from './in-texts.ts';
import { globalRegistry, imageBeside, inValues, namesWithoutTag, type ValuesContext } from './in-values.ts';
import { stepInto } from './step-into.ts';
import { nameInCharts } from './name-in-charts.ts';
import { nameInResources } from './name-in-resources.ts';
import type { ScannedFile } from './scan.ts';
import { groupBy } from './texts.ts';
import { at, isMap, listAt, textAt, type YamlMap } from './values.ts';

export interface FoundImages {
  readonly found: readonly FoundImage[];
  readonly leftOut: readonly { readonly found: FoundImage; readonly reason: string }[];
  /** Places that name an image without a tag. */
  readonly untagged: readonly { readonly file: string; readonly image: string }[];
}

/** Every image of a checkout that a route could write. */
export function findImages(files: readonly ScannedFile[]): readonly FoundImage[] {
  return sortImages(files).found;
}

/** Every image of a checkout; those of a base that an overlay overwrites are left out. */
export function sortImages(files: readonly ScannedFile[]): FoundImages {
  const found = files.flatMap((file) => file.documents.flatMap((document) => inDocument(file, document, files)));
  // A base's manifests are overwritten by its overlays.
  const set = found.filter(({ target }) => target.kind === 'kustomize');
  const kustomized = new Set(set.map(({ image }) => image));
  const placeholders = new Set(
    set.flatMap(({ target }) => {
      const name = target.kind === 'kustomize' && target.name !== undefined ? splitImageName(target.name) : undefined;
      return name ? [imageName(name)] : [];
    }),
  );
  const included = includedFiles(files);
  const isBase = ({ image, target, file }: FoundImage): boolean =>
    target.kind === 'manifest' && (placeholders.has(image) || (kustomized.has(image) && included.has(file)));
  const texts = inTexts(files);
  const patched = new Map(
    texts.flatMap(({ found: one }) => (/kustomization/i.test(one.file) ? [[one.image, one.file] as const] : [])),
  );
  const isPatched = ({ image, target }: FoundImage): boolean => target.kind === 'manifest' && patched.has(image);
  return {
    found: found.filter((one) => !isBase(one) && !isPatched(one)),
    leftOut: [
      ...found.filter(isBase).map((one) => ({ found: one, reason: 'a kustomization sets this image' })),
      ...found
        .filter((one) => !isBase(one) && isPatched(one))
        .map((one) => ({ found: one, reason: `a patch in ${patched.get(one.image) ?? ''} sets this image` })),
      ...texts,
    ],
    untagged: files.flatMap((file) =>
      [...new Set(file.documents.flatMap((document) => namesWithoutTag(document, globalRegistry(document))))].map(
        (image) => ({ file: file.path, image }),
      ),
    ),
  };
}

function inDocument(file: ScannedFile, document: unknown, files: readonly ScannedFile[]): readonly FoundImage[] {
  if (!isMap(document)) return [];
  const { path } = file;
  if (/(?:^|\/)kustomization(?:\.ya?ml)?$/i.test(path)) return inKustomization(path, document);
  if (/(?:^|\/)(?:Chart|azure-pipelines[^/]*|docker-compose[^/]*|compose)\.ya?ml$/i.test(path)) return [];
  const registry = globalRegistry(document) ?? registryBeside(file, files);
  const context: ValuesContext = {
    file: path,
    ...(registry !== undefined && { registry }),
    nameElsewhere: (at, key) => nameBeside(file, at, key, files, registry),
  };
  const kind = textAt(document, 'kind');
  if (textAt(document, 'apiVersion') === undefined || kind === undefined) {
    const found = inValues(document, context);
    return /\.json$/i.test(path) ? found.filter(({ image }) => isWritten(image, file)) : found;
  }
  if (/^Application(?:Set)?$/.test(kind))
    return inApplication(path, document, context, (folder, at) => nameInChart(files, folder, at));
  const containers = inManifest(path, document);
  const nameElsewhere = nameInResources(document, files);
  return [...containers, ...inValues(withoutContainers(document), { ...context, nameElsewhere })];
}

/** Texts such as `tools/run:lint` of a `package.json` look like images of Docker Hub, which names none of its own. */
function isWritten(image: string, { mentions = [] }: ScannedFile): boolean {
  return !image.startsWith('docker.io/') || mentions.some((mention) => mention.image === image);
}

function inKustomization(file: string, document: YamlMap): readonly FoundImage[] {
  return listAt(document, 'images').flatMap((entry): readonly FoundImage[] => {
    const name = textAt(entry, 'name');
    const split = splitImageName(textAt(entry, 'newName') ?? name ?? '');
    const digest = textAt(entry, 'digest');
    const written = tagOf(textAt(entry, 'newTag'));
    if (!split || name === undefined || (written.tag === undefined && digest === undefined)) return [];
    const image = imageName(split);
    const own = splitImageName(name);
    const target = {
      kind: 'kustomize' as const,
      digest: digest !== undefined || written.digest !== undefined,
      ...(own && imageName(own) === image ? {} : { name }),
    };
    return [{ image, file, target, ...written, ...(digest !== undefined && { digest }) }];
  });
}

function inManifest(file: string, document: YamlMap): readonly FoundImage[] {
  return containersOf(document).flatMap((container): readonly FoundImage[] => {
    const reference = parseImageReference(textAt(container, 'image') ?? '');
    if (!reference) return [];
    const { tag, digest } = reference;
    const workload = `${textAt(document, 'kind') ?? ''}/${textAt(container, 'name') ?? ''}`;
    const target = { kind: 'manifest' as const, workload, digest: digest !== undefined };
    return [{ image: imageName(reference), file, target, ...(tag && { tag }), ...(digest && { digest }) }];
  });
}

const containerKeys = /^(?:init|ephemeral)?containers$/i;

function containersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(containersOf);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    containerKeys.test(key) && Array.isArray(inner) ? inner : containersOf(inner),
  );
}

function withoutContainers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutContainers);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      containerKeys.test(key) && Array.isArray(inner) ? undefined : withoutContainers(inner),
    ]),
  );
}

const byFolder = new WeakMap<readonly ScannedFile[], ReadonlyMap<string, readonly ScannedFile[]>>();

/** Values files that Helm reads together with a file: those of its folder, and `values.yaml` of the folders above. */
function besideOf(file: ScannedFile, files: readonly ScannedFile[]): readonly ScannedFile[] {
  const folders = byFolder.get(files) ?? groupBy(files, ({ path }) => folderOf(path));
  byFolder.set(files, folders);
  const own = folderOf(file.path);
  const beside = (folders.get(own) ?? []).filter((other) => other !== file);
  for (let folder = own; folder !== '';) {
    folder = folderOf(folder);
    beside.push(...(folders.get(folder) ?? []).filter(({ path }) => /(?:^|\/)values\.ya?ml$/.test(path)));
  }
  return beside;
}

function registryBeside(file: ScannedFile, files: readonly ScannedFile[]): string | undefined {
  if (!/values/i.test(file.path)) return undefined;
  for (const other of besideOf(file, files).filter(({ path }) => /(?:^|\/)values\.ya?ml$/.test(path)))
    for (const document of other.documents) {
      const registry = globalRegistry(document);
      if (registry !== undefined) return registry;
    }
  return undefined;
}

/** The name at the same path of another values file. */
function nameBeside(
  file: ScannedFile,
  path: Parameters<ValuesContext['nameElsewhere']>[0],
  tagKey: string,
  files: readonly ScannedFile[],
  registry: string | undefined,
): string | undefined {
  for (const other of besideOf(file, files))
    for (const document of other.documents) {
      const value = path.reduce<unknown>((inner, segment) => stepInto(inner, segment), document);
      const name = isMap(value) ? imageBeside(value, tagKey, registry ?? globalRegistry(document)) : undefined;
      if (name !== undefined) return name;
    }
  return nameInCharts(file, files, registry)(path, tagKey);
}

function nameInChart(files: readonly ScannedFile[], folder: string, path: readonly string[]): string | undefined {
  const inFolder = folder.replaceAll(/^\.?\/|\/$/g, '');
  const values = files.find((file) => file.path === `${inFolder === '' ? '' : `${inFolder}/`}values.yaml`);
  for (const document of values?.documents ?? []) {
    const map = at(document, ...path);
    const name = isMap(map) ? imageBeside(map, 'tag', globalRegistry(document)) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
