import { z } from 'zod';
import type { Step } from './source-map.ts';

/** Names of the schema's fields at a path, over all alternatives; empty where any name is allowed. */
export function fieldsAt(schema: z.core.$ZodType, path: readonly Step[]): readonly string[] {
  const [step, ...rest] = path;
  return alternatives(schema).flatMap((type) => {
    if (type instanceof z.ZodObject) {
      const shape: Readonly<Record<string, z.core.$ZodType>> = type.shape;
      if (step === undefined) return Object.keys(shape);
      const inner = shape[step];
      return inner ? fieldsAt(inner, rest) : [];
    }
    if (step === undefined) return [];
    if (type instanceof z.ZodRecord) return fieldsAt(type.valueType, rest);
    return type instanceof z.ZodArray ? fieldsAt(type.element, rest) : [];
  });
}

/** The schemas that a value may have: those of a union, without `optional` and `nullable`. */
export function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return alternatives(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap(alternatives) : [schema];
}
