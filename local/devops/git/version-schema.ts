import { z } from 'zod';

const enumValue = z.union([z.string(), z.number()]).optional();

/** A version descriptor in a JSON body. */
export const versionSchema = z.object({
  version: z.string().optional(),
  versionType: enumValue,
  versionOptions: enumValue,
});
