const openers = /\/\/|\/\*|['"`{}]|\/(?=[^/*\n])/y;
/** The end of code after which a slash starts a regular expression, not a division. */
const beforeRegex = /(?:^|[=([{},;:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|await|yield))\s*$/;
const regexLiteral = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const ends: Readonly<Record<string, RegExp>> = {
  '//': /(?=\n)|$/y,
  '/*': /\*\//y,
  "'": /'/y,
  '"': /"/y,
  '`': /`|\$\{/y,
};

/** Stands for one character of code in the prose of a file. */
export const codeMark = '\uFFFC';

/**
 * The comments and the texts of strings and templates of a TypeScript file. The result is as long as the source, so
 * offsets and lines stay: each other character, unless it is whitespace, is a {@link codeMark}. Comment signs are spaces,
 * so a phrase that wraps inside a comment stays one phrase.
 */
export function proseOf(source: string): string {
  let prose = '';
  let at = 0;
  /** Open braces inside each `${` that is not closed yet. */
  const depths: number[] = [];
  while (at < source.length) {
    const opener = matchAt(openers, source, at);
    if (opener === '/') code(regexAt() ?? opener);
    else if (opener === undefined) code(source[at] ?? '');
    else if (opener === '{' || opener === '}') brace(opener);
    else text(opener);
  }
  return prose;

  function regexAt(): string | undefined {
    return beforeRegex.test(source.slice(Math.max(0, at - 80), at)) ? matchAt(regexLiteral, source, at) : undefined;
  }

  function code(skipped: string): void {
    prose += skipped.replaceAll(/\S/g, codeMark);
    at += skipped.length;
  }

  function brace(sign: string): void {
    code(sign);
    const depth = depths.pop();
    if (depth === undefined) return;
    if (sign === '{') depths.push(depth + 1);
    else if (depth === 0) text('');
    else depths.push(depth - 1);
  }

  /** A comment or a string; an empty opener continues a template after its `${…}`. */
  function text(opener: string): void {
    const isComment = opener.startsWith('/');
    const end = ends[opener === '' ? '`' : opener] ?? /$/y;
    let to = at + opener.length;
    let closer: string | undefined;
    while (to < source.length && (closer = matchAt(end, source, to)) === undefined) {
      to += !isComment && source[to] === '\\' ? 2 : 1;
    }
    const body = source.slice(at + opener.length, to);
    const read = isComment ? body.replaceAll(/^( *)\*/gm, '$1 ') : body.replaceAll(/\\[^\n]/g, '  ');
    const sign = isComment ? ' ' : codeMark;
    prose += sign.repeat(opener.length) + read;
    at = to;
    if (closer === '${') depths.push(0);
    prose += sign.repeat(closer?.length ?? 0);
    at += closer?.length ?? 0;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
