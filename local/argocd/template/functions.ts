import { isDeepStrictEqual } from 'node:util';
import { formatValue } from '../go-value.ts';
import { byteLength, toGoJson, truncate } from './go-text.ts';

type TemplateFunction = (...args: readonly unknown[]) => unknown;

/** Whether a condition counts as true: neither nothing nor zero nor empty. */
export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** As Go prints a value. */
export function print(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  return formatValue(value);
}

/** The functions of Go and of sprig that the shipped template uses. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['toJson', toGoJson],
  ['toString', formatValue],
  ['print', (...texts) => texts.map(asText).join('')],
  ['default', (fallback, value) => (isTrue(value) ? value : fallback)],
  ['trunc', (count, text) => truncate(asNumber(count), asText(text))],
  ['len', lengthOf],
  ['list', (...items) => items],
  ['append', (items, item) => [...asList(items), item]],
  ['dict', toDictionary],
  ['has', (needle, items) => asList(items ?? []).some((item) => isDeepStrictEqual(item ?? null, needle ?? null))],
  ['index', indexOf],
  ['add', (...values) => values.map(asNumber).reduce((sum, value) => sum + value, 0)],
  ['sub', (a, b) => asNumber(a) - asNumber(b)],
  ['eq', (a, ...others) => others.some((other) => (other ?? null) === (a ?? null))],
  ['ne', (a, b) => (a ?? null) !== (b ?? null)],
  ['lt', (a, b) => asNumber(a) < asNumber(b)],
  ['le', (a, b) => asNumber(a) <= asNumber(b)],
  ['gt', (a, b) => asNumber(a) > asNumber(b)],
  ['ge', (a, b) => asNumber(a) >= asNumber(b)],
  ['not', (value) => !isTrue(value)],
]);

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return byteLength(value);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new TypeError(`len of ${formatValue(value)}`);
}

function toDictionary(...pairs: readonly unknown[]): Readonly<Record<string, unknown>> {
  const dictionary: Record<string, unknown> = {};
  for (let at = 0; at < pairs.length; at += 2) dictionary[formatValue(pairs[at])] = pairs[at + 1] ?? null;
  return dictionary;
}

function indexOf(value: unknown, ...keys: readonly unknown[]): unknown {
  return keys.reduce((found, key) => {
    if (Array.isArray(found)) {
      if (asNumber(key) in found) return found[asNumber(key)] as unknown;
      throw new RangeError(`index out of range: ${formatValue(key)}`);
    }
    return (found as Readonly<Record<string, unknown>>)[asText(key)];
  }, value);
}

function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`expected a number, found ${formatValue(value)}`);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`expected a text, found ${formatValue(value)}`);
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`expected a list, found ${formatValue(value)}`);
}
