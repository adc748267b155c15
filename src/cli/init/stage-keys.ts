import type { PathSegment } from '../../lib/model/value-path.ts';
import { environmentWords } from './environment-words.ts';
import type { FoundImage } from './found-image.ts';
import { stepInto } from './step-into.ts';
import { at, isMap, type YamlMap } from './values.ts';

/** The keys of a map that name stages, if there are two at least: `{ dev: …, prod: … }`. */
export function stageKeys(map: YamlMap): readonly string[] {
  const keys = Object.keys(map).filter((key) =>
    environmentWords(key).some(({ start, end }) => start === 0 && end === key.length),
  );
  return keys.length < 2 ? [] : keys;
}

/**
 * The image with its stage, where its path goes through one of several sections of one shape: `prod` of `prod.image.tag`.
 *
 * @param tree the value at the first `depth` segments of the path
 */
export function withStage(found: FoundImage, tree: unknown, depth: number): FoundImage {
  if (!('path' in found.target)) return found;
  const path = found.target.path.slice(depth);
  let value = tree;
  for (const [index, segment] of path.entries()) {
    const stages = segment.kind === 'key' && isMap(value) ? stageKeys(value) : [];
    const isAlike = (key: string): boolean => valueAt(at(value, key), path.slice(index + 1)) !== undefined;
    if (segment.kind === 'key' && stages.includes(segment.key) && stages.filter(isAlike).length > 1)
      return { ...found, element: segment.key };
    value = stepInto(value, segment);
  }
  return found;
}

function valueAt(value: unknown, path: readonly PathSegment[]): unknown {
  return path.reduce<unknown>((inner, segment) => stepInto(inner, segment), value);
}
