import { z } from 'zod';
import { invalidArgument } from './service-error.ts';

/** A value of a property bag, with the name of its type, as the service keeps and writes it. */
export const propertyValueSchema = z.object({ $type: z.string(), $value: z.union([z.string(), z.number()]) });
export type PropertyValue = z.infer<typeof propertyValueSchema>;

/** Texts and numbers may be bare; other values have their type. Throws 400 for another value without a type. */
export function toPropertyValue(value: unknown, name: string): PropertyValue {
  if (typeof value === 'string') return { $type: 'System.String', $value: value };
  if (typeof value === 'number') {
    return { $type: Number.isInteger(value) ? 'System.Int32' : 'System.Double', $value: value };
  }
  const typed = propertyValueSchema.safeParse(value);
  if (typed.success) return typed.data;
  throw invalidArgument('A value is a text, a number, or an object with $type and $value.', name);
}
