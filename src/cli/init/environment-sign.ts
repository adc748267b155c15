import { environmentWords, initialWords, isOtherStage, isRegion, isShared, type Span } from './environment-words.ts';
import { withoutExtension, withWord } from './texts.ts';

/** A part of a path that names an environment, or a part of its name. */
export interface Sign extends Span {
  readonly text: string;
  /** A region completes the name of a stage, and names no environment alone. */
  readonly isRegion: boolean;
}

const parents = /^(?:overlays?|env|envs|environments?|clusters?|stages?|values|regions?|tenants?)$/i;
/** Words of file names that say nothing about the application. */
const neutral =
  /(?<![A-Za-z0-9])(?:values?|azure|aks|helm|kustomization|kustomize|config|overrides?|images?)(?![A-Za-z0-9])/gi;

/**
 * The parts of a path that name its environment: `values-dev.yaml`, `overlays/staging`, `apps/prod/weu`. A folder such
 * as `api-dev` counts only if a sibling shows that the word varies.
 */
export function environmentSigns(path: string, image: string, paths: ReadonlySet<string>): readonly Sign[] {
  const segments = path.split('/');
  const signs: Sign[] = [];
  let offset = 0;
  for (const [index, segment] of segments.entries()) {
    const isFile = index === segments.length - 1;
    const stem = isFile ? withoutExtension(segment) : segment;
    const found =
      (isFile
        ? inFileName(stem, (span) => varies(path, shift(span, offset), paths))
        : inFolder(stem, segments[index - 1], (span) => varies(path, shift(span, offset), paths))) ??
      byInitial(stem, image, (span) => hasCounterpart(path, shift(span, offset), paths)) ??
      (isFile ? byValues(stem, image) : undefined);
    if (found) {
      const text = segment.slice(found.start, found.end);
      signs.push({ ...shift(found, offset), text, isRegion: !isFile && isRegion(segment) });
    }
    offset += segment.length + 1;
  }
  return signs.every((sign) => sign.isRegion) && !signs.some(({ start }) => isBelowParent(path, start)) ? [] : signs;
}

/** The parts of all signs, for a name that no other environment has. */
export function signText(signs: readonly Sign[]): string {
  return signs
    .filter(({ text }, index) => !signs.slice(0, index).some((other) => other.text === text))
    .map(({ text }) => text.replaceAll('.', '-'))
    .join('-');
}

/** The last stage, with the regions around it. */
export function shortName(signs: readonly Sign[]): string {
  const last = signs.findLastIndex((sign) => !sign.isRegion);
  return signText(last < 0 ? signs : signs.slice(last));
}

/** The path with `{environment}` at each sign that is the name. */
export function withPlaceholder(path: string, signs: readonly Sign[], name: string): string {
  return signs
    .filter(({ text }) => text === name)
    .toReversed()
    .reduce((done, { start, end }) => `${done.slice(0, start)}{environment}${done.slice(end)}`, path);
}

type Varies = (span: Span) => boolean;

function inFolder(segment: string, parent: string | undefined, isVarying: Varies): Span | undefined {
  const whole = { start: 0, end: segment.length };
  if (isShared(segment)) return undefined;
  if (parent !== undefined && parents.test(parent) && /^[A-Za-z0-9][\w.-]*$/.test(segment)) return whole;
  if (isRegion(segment)) return whole;
  return lastWord(segment, (span) => isAll(segment, span) || isVarying(span));
}

function inFileName(stem: string, isVarying: Varies): Span | undefined {
  return lastWord(stem, (span) => span.end === stem.length || isAll(stem, span) || isVarying(span));
}

/** The last word of a stage that a condition takes, with the words of stages right in front of it: `demo-dev`. */
function lastWord(text: string, isTaken: Varies): Span | undefined {
  const words = environmentWords(text);
  let index = words.findLastIndex(isTaken);
  const last = words[index];
  if (!last) return undefined;
  let { start } = last;
  for (index -= 1; words[index]?.end === start - 1; index -= 1) start = words[index]?.start ?? start;
  return { start, end: last.end };
}

/** `orders-d1` beside `orders-p1`. */
function byInitial(segment: string, image: string, isBesideOther: Varies): Span | undefined {
  const parts = image.split(/[/._-]/);
  return initialWords(segment).findLast(
    (span) => !parts.includes(segment.slice(span.start, span.end)) && isBesideOther(span),
  );
}

/** `values-gamma.yaml` is the file of an environment, `values-orders.yaml` that of the service `orders`. */
function byValues(stem: string, image: string): Span | undefined {
  const [, named] = /^values?[-._](.+)$/i.exec(stem) ?? [];
  if (named === undefined || isShared(named) || !/^[A-Za-z0-9][\w-]*$/.test(named)) return undefined;
  if (image.split(/[/._-]/).includes(named) || image.split('/').includes(named)) return undefined;
  return { start: stem.length - named.length, end: stem.length };
}

/** The segment has no other word. */
function isAll(segment: string, { start, end }: Span): boolean {
  return !/[A-Za-z0-9]/.test(`${segment.slice(0, start)}/${segment.slice(end)}`.replaceAll(neutral, ''));
}

/** Another file of the checkout has another environment's word at this place. */
function varies(path: string, { start, end }: Span, paths: ReadonlySet<string>): boolean {
  const [head, tail] = [path.slice(0, start), path.slice(end)];
  const tailOfSegment = /^[^/]*/.exec(tail)?.[0] ?? '';
  for (const other of paths) {
    if (!other.startsWith(head) || other === path) continue;
    const [segment = ''] = other.slice(head.length).split('/', 1);
    if (!segment.endsWith(tailOfSegment) || segment === path.slice(start).split('/', 1)[0]) continue;
    const word = segment.slice(0, segment.length - tailOfSegment.length);
    const [span] = environmentWords(word);
    if (span && span.start === 0 && span.end === word.length) return true;
  }
  return false;
}

/** The checkout has the same file of another stage. */
function hasCounterpart(path: string, { start, end }: Span, paths: ReadonlySet<string>): boolean {
  const own = path.slice(start, end);
  const [head, tail] = [path.slice(0, start), path.slice(end)];
  for (const other of paths) {
    if (!other.startsWith(head)) continue;
    const rest = other.slice(start);
    const span = [...environmentWords(rest), ...initialWords(rest)].find((one) => one.start === 0);
    const word = rest.slice(0, span?.end ?? 0);
    if (span && isOtherStage(own, word) && masked(rest.slice(span.end), word) === masked(tail, own)) return true;
  }
  return false;
}

function masked(text: string, word: string): string {
  return withWord(text, word, 'stage');
}

function isBelowParent(path: string, start: number): boolean {
  return parents.test(path.slice(0, start).split('/').at(-2) ?? '');
}

function shift({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
