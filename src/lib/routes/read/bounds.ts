import { z } from 'zod';
import { environmentSchema } from './schema.ts';

const globs = z.array(z.string().min(1)).min(1).max(1000);

const requiredSchema = environmentSchema.pick({
  delivery: true,
  branch: true,
  from: true,
  build: true,
  promoteFrom: true,
  onFailure: true,
  pullRequest: true,
  skipCi: true,
  missing: true,
});

/** The shape of `ALLOW`, and of `allow` in `ROUTES_FROM`. */
export const allowSchema = z
  .array(
    z.strictObject({
      images: globs,
      repositories: globs,
      branches: globs.optional(),
      paths: globs,
      applications: globs.optional(),
      require: z.record(z.string(), requiredSchema).optional(),
    }),
  )
  .max(1000);

export type AllowEntry = z.infer<typeof allowSchema>[number];

/** The fields of an entry that are lists of globs. */
export const globFields = ['images', 'repositories', 'branches', 'paths', 'applications'] as const;

/** Bounds of the writes of routes. A write that no entry allows is refused. */
export interface Bounds {
  /** For messages: `ALLOW`. */
  readonly name: string;
  readonly entries: readonly AllowEntry[];
}
