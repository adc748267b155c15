import { z } from 'zod';

/** The facts on a healthy deployment that decide whether its image is promoted. */
export const healthSchema = z.object({
  /** The digest that ran; absent if unknown. */
  digest: z.string().exactOptional(),
});

export type Health = Readonly<z.infer<typeof healthSchema>>;
