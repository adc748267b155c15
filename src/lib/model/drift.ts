import { z } from 'zod';

/** The files hold a value that tagrelay did not write, in the place of a deployment's. */
export const driftSchema = z.object({
  /** Tag and digest; empty if the files hold no value, or not the file. */
  value: z.string(),
  /** The commit that put it there, if it was found. */
  commit: z.string().exactOptional(),
  /** The author's name in that commit, which anyone can write. */
  author: z.string().exactOptional(),
  /** The time of that commit, else of the discovery, ISO 8601. */
  since: z.string(),
});

export type Drift = Readonly<z.infer<typeof driftSchema>>;
