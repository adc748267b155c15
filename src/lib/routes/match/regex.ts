import { RE2JS, RE2JSException } from 're2js';

const maxLength = 500;
const cache = new Map<string, RE2JS | string>();

/** Compiles a regular expression that runs in linear time, or says why there is none. */
export function compileRegex(source: string): RE2JS | string {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  // Routes have a few expressions, not thousands; a flood of them is not worth the memory.
  if (cache.size < 10_000) cache.set(source, compiled);
  return compiled;
}

function compile(source: string): RE2JS | string {
  if (source.length > maxLength) return `has ${source.length} characters; expected at most ${maxLength}`;
  if (/\(\?(?:[=!]|<[=!])|\\[1-9]/.test(source)) {
    return 'has a lookaround or a back reference, which RE2 expressions have not (they run in linear time)';
  }
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) return error.message.replace(/^error parsing regexp: /, '');
    throw error;
  }
}
