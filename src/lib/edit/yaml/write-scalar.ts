import { Scalar } from 'yaml';
import { mayBePlain, readsAsString } from './plain-scalar.ts';

/** Text without control characters, lone surrogates, and the characters that YAML 1.1 takes for line breaks. */
const printable = /^[^\p{Cc}\p{Cs}\u2028\u2029\ufeff]*$/u;

export interface ScalarContext {
  /** Inside a flow collection. */
  readonly flow: boolean;
  /** The file is JSON. */
  readonly json: boolean;
}

/** Writes a new value that has no style to keep: plain where it may be, else in double quotes. */
export function newScalar(value: string, { flow, json }: ScalarContext): string {
  return !json && mayBePlain(value, flow) && readsAsString(value) ? value : doubleQuoted(value);
}

/**
 * Writes a value in the style of the scalar that it replaces, plain or quoted. Quotes are added where YAML 1.1 or 1.2
 * reads the plain text as a number, a date, a boolean or null. A tag (`!!str`) makes them needless.
 */
export function restyledScalar(old: Scalar, value: string, context: ScalarContext): string {
  if (old.type === Scalar.QUOTE_SINGLE && printable.test(value)) {
    return `'${value.replaceAll("'", "''")}'`;
  }
  const quoted = old.type === Scalar.QUOTE_DOUBLE || old.type === Scalar.QUOTE_SINGLE;
  if (quoted) return doubleQuoted(value);
  // Readers built on libyaml or go-yaml pass over the tag `!`.
  const tagged = old.tag !== undefined && old.tag !== '!' && !context.json && mayBePlain(value, context.flow);
  return tagged ? value : newScalar(value, context);
}

/** A double-quoted scalar that JSON and both YAML versions read alike. */
export function doubleQuoted(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
