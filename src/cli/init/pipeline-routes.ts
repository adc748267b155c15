import { splitImageName, imageName } from '../../lib/model/image-reference.ts';
import type { PathSegment } from '../../lib/model/value-path.ts';
import { parsePath } from '../../lib/model/value-path.ts';
import type { PipelineFacts } from './pipeline.ts';
import type { ScriptEdit } from './pipeline-script.ts';
import type { ScannedFile } from './scan.ts';
import type { FoundImage } from './found-image.ts';
import { isMap, textAt } from './values.ts';

/** The registry of an image whose pipeline leaves it to a service connection. */
export const unknownRegistry = 'registry.azurecr.io';

export interface PipelinePlaces {
  readonly found: readonly FoundImage[];
  /** The image that the pipeline builds. */
  readonly image?: string;
  /** Branches of the stages that write a file; none where a stage has no condition. */
  readonly branches: ReadonlyMap<string, readonly string[]>;
  readonly notes: readonly string[];
}

/** The files that a pipeline edits, as places of the image that it builds. */
export function pipelinePlaces(
  facts: PipelineFacts,
  files: readonly ScannedFile[],
  found: readonly FoundImage[],
): PipelinePlaces {
  const image = imageOf(facts, found);
  const notes = facts.unread.map((script) => `--from: the pipeline calls ${script}, which the checkout does not have`);
  if (facts.edits.length === 0) notes.push('--from: the pipeline has no line that init reads as the edit of a file');
  if (image === undefined && facts.edits.length > 0)
    notes.push('--from: the pipeline does not show which image it builds');
  const branches = new Map<string, readonly string[]>();
  const places = facts.edits.flatMap((edit): readonly FoundImage[] => {
    const file = fileIn(edit.file, files);
    if (file === undefined) {
      notes.push(`--from: the pipeline edits ${edit.file}, which the checkout does not have`);
      return [];
    }
    if (edit.branches.length > 0) branches.set(file, [...new Set([...(branches.get(file) ?? []), ...edit.branches])]);
    if (image === undefined || found.some((one) => one.file === file && one.image === image)) return [];
    if (edit.kind === 'kustomize')
      return [{ image, file, target: { kind: 'kustomize', ...nameOf(edit, image), digest: false } }];
    const document = files.find(({ path }) => path === file)?.documents[0];
    return pathsOf(edit, document).map((path) => ({
      image,
      file,
      target:
        edit.kind === 'reference' || isWholeImage(path)
          ? { kind: 'helm-image', path, digest: false }
          : { kind: 'helm-tag', path },
    }));
  });
  return { found: places, branches, notes: [...new Set(notes)], ...(image !== undefined && { image }) };
}

/** The file that a path of the pipeline means: a folder in front of it can be that of a clone. */
function fileIn(path: string, files: readonly ScannedFile[]): string | undefined {
  if (files.length === 0 || files.some((file) => file.path === path)) return path;
  const [inside] = files
    .filter((file) => path.endsWith(`/${file.path}`))
    .toSorted((a, b) => b.path.length - a.path.length);
  if (inside) return inside.path;
  const [only, ...others] = files.filter((file) => file.path.endsWith(`/${path}`));
  return others.length === 0 ? only?.path : undefined;
}

/** The image that the pipeline builds; the registry can be missing in the pipeline and present in the checkout. */
function imageOf({ image }: PipelineFacts, found: readonly FoundImage[]): string | undefined {
  if (image === undefined) return found.length === 1 ? found[0]?.image : undefined;
  const split = splitImageName(image);
  if (!split || split.registry !== 'docker.io') return split && imageName(split);
  return (
    found.find((foundImage) => foundImage.image.slice(foundImage.image.indexOf('/') + 1) === image)?.image ??
    `${unknownRegistry}/${image}`
  );
}

function nameOf({ target }: ScriptEdit, image: string): { readonly name?: string } {
  const name = target.includes('=') ? target.slice(0, target.indexOf('=')) : undefined;
  return name === undefined || name === image ? {} : { name };
}

/** Paths that a line edits: `yq` names one; `sed` changes every line that has the text before the colon. */
function pathsOf({ kind, target }: ScriptEdit, document: unknown): readonly (readonly PathSegment[])[] {
  if (kind === 'path') return [parsePath(target)];
  if (kind === 'reference') return document === undefined ? [] : pathsWith(document, target, []);
  const found = document === undefined ? [] : keysEndingIn(document, target, []);
  if (found.length > 0) return found;
  // Without the file, `tag:` is taken for that of Helm's own charts.
  return target === 'tag' && document === undefined ? [parsePath('image.tag')] : [[{ kind: 'key', key: target }]];
}

function keysEndingIn(value: unknown, end: string, path: readonly PathSegment[]): readonly (readonly PathSegment[])[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => keysEndingIn(item, end, [...path, { kind: 'index', index }]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at: readonly PathSegment[] = [...path, { kind: 'key', key }];
    return key.endsWith(end) && textAt(value, key) !== undefined ? [at] : keysEndingIn(inner, end, at);
  });
}

/** The paths of texts that begin with a reference. */
function pathsWith(value: unknown, start: string, path: readonly PathSegment[]): readonly (readonly PathSegment[])[] {
  if (typeof value === 'string') return value.startsWith(start) ? [path] : [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => pathsWith(item, start, [...path, { kind: 'index', index }]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => pathsWith(inner, start, [...path, { kind: 'key', key }]));
}

function isWholeImage(path: readonly PathSegment[]): boolean {
  const last = path.at(-1);
  return last?.kind === 'key' && /image$/i.test(last.key);
}
