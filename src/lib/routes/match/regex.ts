import { RE2JS, RE2JSException } from 're2js';

const maxLength = 500;
const cache = new Map<string, RE2JS | string>();

/** Compiles a regular expression of linear run time, or returns the problem. */
export function compileRegex(source: string): RE2JS | string {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  // Bounds memory; routes have few distinct expressions.
  if (cache.size < 10_000) cache.set(source, compiled);
  return compiled;
}

function compile(source: string): RE2JS | string {
  if (source.length > maxLength) return `has ${source.length} characters; expected at most ${maxLength}`;
  if (/\(\?(?:[=!]|<[=!])|\\[1-9]/.test(source)) {
    return 'has a lookaround or a back reference, which RE2 does not support';
  }
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) return error.message.replace(/^error parsing regexp: /, '');
    throw error;
  }
}
