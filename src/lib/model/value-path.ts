import { Failure } from './failure.ts';

/** One step of a dotted path: a map's key, a list's index (from 0), or the list member whose `field` is `value`. */
export type PathSegment =
  | {
      readonly kind: 'key';
      readonly key: string;
      /** The key contains a capture of a pattern route. */ readonly captured?: boolean;
    }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'member'; readonly field: string; readonly value: string; readonly captured?: boolean };

/** A path into a YAML document, as `image.tag`, `services[0].image.tag`, `services[name=api].tag` or `"a.b".tag`. */
export type Path = readonly PathSegment[];

const quotedText = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/.source;
const keyToken = new RegExp(`(${quotedText})|([^.[\\]"'\\s](?:[^.[\\]"']*[^.[\\]"'\\s])?)`, 'y');
const bracketToken = new RegExp(`\\[(?:(\\d{1,9})|([^\\]="']+)=(?:(${quotedText})|([^\\]"'][^\\]]*)))\\]`, 'y');

/** A path of keys only. */
export function keys(...names: readonly string[]): Path {
  return names.map((key) => ({ kind: 'key', key }));
}

/**
 * Parses a dotted path. Keys and member values with `.`, `[`, `]`, quotes or outer blanks need double quotes (escaped as
 * in JSON) or single quotes (a single quote is doubled).
 *
 * @throws Failure `path-invalid`; its position has the column within `text`, from 1.
 */
export function parsePath(text: string): Path {
  const segments: PathSegment[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '[') {
      const match = matchAt(bracketToken, text, at);
      if (!match) throw invalid(text, at, 'expected [0] (an index) or [field=value] (a member of a list)');
      segments.push(bracketSegment(match, text, at));
      at += match[0].length;
    } else {
      if (segments.length > 0) {
        if (text[at] !== '.') throw invalid(text, at, 'expected `.` or `[` after a key or an index');
        at += 1;
      }
      const match = matchAt(keyToken, text, at);
      if (!match) throw invalid(text, at, 'expected a key; keys with dots or brackets are quoted, as in "a.b".tag');
      segments.push({ kind: 'key', key: match[1] === undefined ? match[0] : unquote(match[1], text, at) });
      at += match[0].length;
    }
  }
  if (segments.length === 0) throw invalid(text, 0, 'it is empty; expected a path such as image.tag');
  return segments;
}

/** Formats a path; `parsePath` is the inverse. */
export function formatPath(path: Path): string {
  return path
    .map((segment, index) => {
      if (segment.kind === 'index') return `[${segment.index}]`;
      if (segment.kind === 'member') return `[${segment.field}=${quoteWhere(/^$|[\]"']|^\s|\s$/, segment.value)}]`;
      return `${index === 0 ? '' : '.'}${quoteWhere(/^$|[.[\]"']|^\s|\s$/, segment.key)}`;
    })
    .join('');
}

function bracketSegment(match: RegExpExecArray, text: string, at: number): PathSegment {
  const [, index, field, quoted, plain] = match;
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  return {
    kind: 'member',
    field: field ?? '',
    value: quoted === undefined ? (plain ?? '') : unquote(quoted, text, at),
  };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unquote(quoted: string, text: string, at: number): string {
  if (quoted.startsWith("'")) return quoted.slice(1, -1).replaceAll("''", "'");
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw invalid(text, at, `${quoted} is not a JSON string`);
  }
}

function quoteWhere(unsafe: RegExp, text: string): string {
  return unsafe.test(text) ? JSON.stringify(text) : text;
}

function invalid(text: string, at: number, reason: string): Failure {
  return new Failure('path-invalid', `The path ${JSON.stringify(text)} is wrong at column ${at + 1}: ${reason}.`, {
    place: { column: at + 1 },
  });
}
