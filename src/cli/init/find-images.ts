import type { PathSegment } from '../../lib/model/value-path.ts';
import { imageName, parseImageReference, splitImageName } from '../../lib/model/image-reference.ts';
import type { ScannedFile } from './scan.ts';
import type { FoundImage } from './found-image.ts';
import { at, isMap, listAt, textAt, type YamlMap } from './values.ts';

/** Every image of a checkout that a route could write. */
export function findImages(files: readonly ScannedFile[]): readonly FoundImage[] {
  const found = files.flatMap((file) => file.documents.flatMap((document) => inDocument(file, document, files)));
  // A base's manifests are overwritten by its overlays, and a chart's own values by those of an environment.
  const kustomized = new Set(found.filter(({ target }) => target.kind === 'kustomize').map(({ image }) => image));
  const placeholders = new Set(
    found
      .flatMap(({ target }) =>
        target.kind === 'kustomize' && target.name !== undefined ? [splitImageName(target.name)] : [],
      )
      .map((name) => name && imageName(name)),
  );
  return found.filter(
    ({ image, target }) => target.kind !== 'manifest' || !(kustomized.has(image) || placeholders.has(image)),
  );
}

function inDocument(file: ScannedFile, document: unknown, files: readonly ScannedFile[]): readonly FoundImage[] {
  if (!isMap(document)) return [];
  if (/(?:^|\/)kustomization(?:\.ya?ml)?$/i.test(file.path)) return inKustomization(file.path, document);
  const kind = textAt(document, 'kind');
  if (textAt(document, 'apiVersion') !== undefined && kind !== undefined) {
    return /^Application(?:Set)?$/.test(kind) ? inApplication(file.path, document) : inManifest(file.path, document);
  }
  if (/(?:^|\/)(?:Chart|azure-pipelines[^/]*|docker-compose[^/]*)\.ya?ml$/i.test(file.path)) return [];
  return inValues(file.path, document, [], (path) => repositoryBeside(file, path, files));
}

function inKustomization(file: string, document: YamlMap): readonly FoundImage[] {
  return listAt(document, 'images').flatMap((entry): readonly FoundImage[] => {
    const name = textAt(entry, 'name');
    const split = splitImageName(textAt(entry, 'newName') ?? name ?? '');
    if (!split || name === undefined) return [];
    const image = imageName(split);
    const own = splitImageName(name);
    const target = {
      kind: 'kustomize' as const,
      digest: textAt(entry, 'digest') !== undefined,
      ...(own && imageName(own) === image ? {} : { name }),
    };
    return [{ image, file, target, ...tagOf(textAt(entry, 'newTag')) }];
  });
}

function inManifest(file: string, document: YamlMap): readonly FoundImage[] {
  return containersOf(document).flatMap((container): readonly FoundImage[] => {
    const reference = parseImageReference(textAt(container, 'image') ?? '');
    const workload = `${textAt(document, 'kind') ?? ''}/${textAt(container, 'name') ?? ''}`;
    return reference
      ? [{ image: imageName(reference), file, target: { kind: 'manifest', workload }, ...tagOf(reference.tag) }]
      : [];
  });
}

function containersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(containersOf);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /^(?:init|ephemeral)?containers$/i.test(key) && Array.isArray(inner) ? inner : containersOf(inner),
  );
}

function inApplication(file: string, document: YamlMap): readonly FoundImage[] {
  const spec = at(document, 'spec', 'template', 'spec') ?? at(document, 'spec');
  const sources = [at(spec, 'source'), ...listAt(spec, 'sources')];
  const texts = sources.flatMap(imageTexts);
  return texts.flatMap((text): readonly FoundImage[] => {
    const reference = text.includes('/') ? parseImageReference(text) : undefined;
    return reference?.tag === undefined
      ? []
      : [{ image: imageName(reference), file, tag: reference.tag, target: { kind: 'application' } }];
  });
}

function imageTexts(source: unknown): readonly string[] {
  const kustomized = listAt(source, 'kustomize', 'images').map((text) => String(text).replace(/^[^=]*=/, ''));
  const parameters = listAt(source, 'helm', 'parameters').map((parameter) => textAt(parameter, 'value') ?? '');
  return kustomized.concat(parameters);
}

type FindRepository = (path: readonly PathSegment[]) => string | undefined;

function inValues(
  file: string,
  value: unknown,
  path: readonly PathSegment[],
  repositoryAt: FindRepository,
): readonly FoundImage[] {
  if (path.length > 12) return [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => inValues(file, item, [...path, memberOf(item, index)], repositoryAt));
  if (!isMap(value)) return [];
  const own: FoundImage[] = [];
  const tag = textAt(value, 'tag');
  const repository = tag === undefined ? undefined : (repositoryOf(value) ?? repositoryAt(path));
  if (repository !== undefined) {
    const digest = textAt(value, 'digest') !== undefined;
    own.push({
      image: repository,
      file,
      target: { kind: 'helm-tag', path: [...path, { kind: 'key', key: 'tag' }], digest },
      ...tagOf(tag),
    });
  }
  for (const [key, inner] of Object.entries(value)) {
    const reference =
      typeof inner === 'string' && /image$/i.test(key) && inner.includes('/') ? parseImageReference(inner) : undefined;
    if (reference?.tag !== undefined)
      own.push({
        image: imageName(reference),
        file,
        tag: reference.tag,
        target: { kind: 'helm-image', path: [...path, { kind: 'key', key }] },
      });
  }
  const inner = Object.entries(value).flatMap(([key, inner]) =>
    inValues(file, inner, [...path, { kind: 'key', key }], repositoryAt),
  );
  return [...own, ...inner];
}

function memberOf(item: unknown, index: number): PathSegment {
  const name = textAt(item, 'name');
  return name === undefined ? { kind: 'index', index } : { kind: 'member', field: 'name', value: name };
}

/** `repository`, with the `registry` beside it where there is one. */
function repositoryOf(value: YamlMap): string | undefined {
  const repository = textAt(value, 'repository');
  if (repository === undefined) return undefined;
  const registry = textAt(value, 'registry');
  const name = splitImageName(registry === undefined || registry === '' ? repository : `${registry}/${repository}`);
  return name && imageName(name);
}

/** The repository at the same path of another values file in the same folder: `values.yaml` beside `values-dev.yaml`. */
function repositoryBeside(
  file: ScannedFile,
  path: readonly PathSegment[],
  files: readonly ScannedFile[],
): string | undefined {
  const folder = folderOf(file.path);
  for (const other of files) {
    if (
      other === file ||
      (folderOf(other.path) !== folder &&
        !(folder.startsWith(`${folderOf(other.path)}/`) && /(?:^|\/)values\.ya?ml$/.test(other.path)))
    )
      continue;
    for (const document of other.documents) {
      const value = path.reduce<unknown>((inner, segment) => stepInto(inner, segment), document);
      const repository = isMap(value) ? repositoryOf(value) : undefined;
      if (repository !== undefined) return repository;
    }
  }
  return undefined;
}

function stepInto(value: unknown, segment: PathSegment): unknown {
  if (segment.kind === 'key') return at(value, segment.key);
  if (!Array.isArray(value)) return undefined;
  return segment.kind === 'index'
    ? value[segment.index]
    : value.find((item) => textAt(item, segment.field) === segment.value);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function tagOf(tag: string | undefined): { readonly tag?: string } {
  return tag === undefined || tag === '' ? {} : { tag };
}
