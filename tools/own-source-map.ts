import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/**
 * A source map (ECMA-426) without the mappings of packages, which would be a fifth of what is deployed. A stack trace names
 * the functions of packages without them.
 */
export function ownSourceMap(json: string): string {
  const map = JSON.parse(json) as SourceMap;
  const isOwn = ([, source]: SourceMapSegment): boolean =>
    source !== undefined && map.sources[source]?.includes('node_modules/') === false;
  const lines = decode(map.mappings).map((line) =>
    line.flatMap((segment, index): SourceMapSegment[] => {
      if (isOwn(segment)) return [segment];
      const before = line[index - 1];
      // A segment of one field ends the own code before it.
      return before === undefined || isOwn(before) ? [[segment[0]]] : [];
    }),
  );
  return JSON.stringify({ ...map, mappings: encode(lines) });
}
