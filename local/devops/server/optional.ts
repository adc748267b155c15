import type { z } from 'zod';

/** An optional field; `null` means absent, as some clients write it. */
export function optional<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? undefined);
}
