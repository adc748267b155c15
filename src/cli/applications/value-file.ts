import type { SourceRepository, ValueFile } from './application.ts';

interface Context {
  readonly repository: SourceRepository;
  readonly folder: string;
  /** The repositories of sources with a `ref`. */
  readonly refs: ReadonlyMap<string, SourceRepository>;
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * The place of an entry of `helm.valueFiles`: below the source's folder, from the root of the repository (`/x`), or in the
 * repository of another source (`$ref/x`).
 */
export function resolveValueFile(text: string, { repository, folder, refs, variables }: Context): ValueFile {
  const [, ref = '', below = ''] = /^\$([^/]+)\/(.*)$/.exec(text) ?? [];
  const referenced = refs.get(ref);
  if (referenced) return { text, at: { repository: referenced, file: normalize(below) } };
  const expanded = text.replaceAll(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced: string | undefined, plain: string | undefined) => variables.get(braced ?? plain ?? '') ?? whole,
  );
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(expanded) || expanded.includes('$')) return { text };
  return {
    text,
    at: { repository, file: normalize(expanded.startsWith('/') ? expanded : `${folder}/${expanded}`) },
  };
}

/** A path without `.`, `..` and double slashes. */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
