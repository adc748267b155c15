import { z } from 'zod';

/** The facts on a healthy deployment that decide whether its image is promoted. */
export const healthSchema = z.object({
  /** The digest that ran; absent if unknown. */
  digest: z.string().exactOptional(),
  /** Absent in records of earlier versions. */
  soak: z
    .object({
      /** Since when every application has been healthy with it, ISO 8601; absent while one is not. */
      since: z.string().exactOptional(),
      /** The longest such time that has ended, in milliseconds. */
      longestMs: z.number(),
    })
    .readonly()
    .exactOptional(),
});

export type Health = Readonly<z.infer<typeof healthSchema>>;
export type Soak = NonNullable<Health['soak']>;
