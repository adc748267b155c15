import { tagPattern } from '../model/image-reference.ts';
import { compileRegex } from '../routes/match/regex.ts';
import type { Build } from '../model/build.ts';
import { buildIdPattern } from '../net/build-url.ts';

type Named = Pick<Build, 'id' | 'number' | 'sourceVersion'>;

const placeholder = /\{(buildId|buildNumber|sourceVersion(?::(\d{1,2}))?)\}|\*/g;

/**
 * The tag that a build gives its image, by a route's `build.tag`; with a `*` in the template it is a glob. `undefined`
 * where the build can give no such tag.
 */
export function fillBuildTag(template: string, build: Named): string | undefined {
  const filled = template.replace(placeholder, (whole, word?: string, length?: string) => {
    if (word === undefined) return whole;
    if (word === 'buildId') return String(build.id);
    if (word === 'buildNumber') return build.number;
    return build.sourceVersion.slice(0, length === undefined ? undefined : Number(length));
  });
  return tagPattern.test(filled.replaceAll('*', 'x')) ? filled : undefined;
}

/** The build in a tag, by a route's `build.tag`. A claim by the pusher of the tag. */
export interface TagClaim {
  readonly buildId?: number;
  readonly buildNumber?: string;
}

/** `undefined` where the tag does not fit the template. */
export function readBuildTag(template: string, tag: string): TagClaim | undefined {
  const words: string[] = [];
  let pattern = '';
  let at = 0;
  for (const found of template.matchAll(placeholder)) {
    const [whole, word, length] = found;
    pattern += quote(template.slice(at, found.index));
    at = found.index + whole.length;
    if (word !== undefined) words.push(word);
    pattern += word === undefined ? '.*' : `(${patternOf(word, length)})`;
  }
  const regex = compileRegex(`^${pattern}${quote(template.slice(at))}$`);
  if (typeof regex === 'string') return undefined;
  const matcher = regex.matcher(tag);
  if (!matcher.find()) return undefined;
  const group = (name: string): string | undefined => {
    const index = words.indexOf(name);
    return index < 0 ? undefined : (matcher.group(index + 1) ?? undefined);
  };
  const id = group('buildId');
  const number = group('buildNumber');
  return {
    ...(id !== undefined && buildIdPattern.test(id) && { buildId: Number(id) }),
    ...(number !== undefined && { buildNumber: number }),
  };
}

function patternOf(word: string, length: string | undefined): string {
  if (word === 'buildId') return '[1-9][0-9]{0,9}';
  if (word === 'buildNumber') return '.+';
  return length === undefined ? '[0-9a-f]{40}' : `[0-9a-f]{${length}}`;
}

function quote(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '\\$&');
}
