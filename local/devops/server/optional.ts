import type { z } from 'zod';

/** A field that may be left out; `null` says the same, as some clients write it. */
export function optional<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? undefined);
}
