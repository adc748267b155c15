import type { Path, PathSegment } from './path.ts';

/** Reads a dotted path: `image.tag`, `services[0].tag`, `services[name=api].tag`, `"a.b".tag`. */
export function parsePath(text: string): Path | { readonly problem: string } {
  const token = /(?:^|\.)(?:"((?:[^"\\]|\\.)*)"|([^.[\]"]+))|\[(\d+)\]|\[([^\]=]+)=([^\]]*)\]/gy;
  const path: PathSegment[] = [];
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (!found)
      return { problem: 'is no dotted path; expected such as image.tag, services[0].tag or services[name=api].tag' };
    const [, quoted, plain, index, field, value] = found;
    if (index !== undefined) path.push({ kind: 'index', index: Number(index) });
    else if (field !== undefined) path.push({ kind: 'member', field, value: value ?? '' });
    else path.push({ kind: 'key', key: quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '' });
  }
  return path;
}
