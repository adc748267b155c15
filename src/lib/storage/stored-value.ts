import type { z } from 'zod';
import { tryParseJson } from '../model/json.ts';

/** Properties of a row beside its value. Queries can compare them. */
export type Columns = Readonly<Record<string, string | number>>;

/** The version of the shape of rows. A newer app may write a higher one; rows without one are older. */
export const rowVersion = 1;

/** A text property holds 32 Ki characters: longer values are spread over several. */
const chunkLength = 30_000;

/**
 * The properties of a row: its version, its value as JSON, and its columns. An empty text ends a value that is merged into a
 * row, whose former value may have been longer.
 */
export function toProperties(
  value: object,
  columns: Columns = {},
  { merges = false }: { readonly merges?: boolean | undefined } = {},
): Record<string, string | number> {
  const text = JSON.stringify(value);
  const count = Math.max(1, Math.ceil(text.length / chunkLength));
  const chunks = Array.from({ length: count }, (_, index) => [
    `value${index}`,
    text.slice(index * chunkLength, (index + 1) * chunkLength),
  ]);
  const end = merges ? [[`value${count}`, '']] : [];
  return { ...columns, v: rowVersion, ...Object.fromEntries([...chunks, ...end]) };
}

/** The columns of a row. */
export function readColumns(entity: Readonly<Record<string, unknown>>): Columns {
  return Object.fromEntries(Object.entries(entity).filter(isColumn));
}

function isColumn(entry: readonly [string, unknown]): entry is [string, string | number] {
  const [name, value] = entry;
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  return !/^(?:v|value\d+|partitionKey|rowKey|etag|timestamp|odata\..*)$/.test(name);
}

/** The value of a row, or the first problem of its shape, and the version of a newer one. */
export function readProperties<T>(
  entity: Readonly<Record<string, unknown>>,
  schema: z.ZodType<T>,
): { readonly value: T } | { readonly problem: string; readonly newerVersion?: number } {
  const { v } = entity;
  if (typeof v === 'number' && v > rowVersion) {
    return { problem: `v: the row has version ${v}, and this app reads up to ${rowVersion}`, newerVersion: v };
  }
  let text = '';
  for (let index = 0; ; index += 1) {
    const chunk = entity[`value${index}`];
    if (typeof chunk !== 'string' || chunk === '') break;
    text += chunk;
  }
  const parsed = schema.safeParse(tryParseJson(text));
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.map(String).join('.') || 'value'}: ${issue?.message ?? 'unknown shape'}` };
}
