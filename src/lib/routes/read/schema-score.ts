import { z } from 'zod';
import { alternatives } from './schema-fields.ts';

/** A map as plain values. */
export type PlainMap = Record<string, unknown>;

export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How well a value has the shape of a schema, from 0 to 1: by types and the names of fields, not by texts. */
export function shapeScore(schema: z.core.$ZodType, value: unknown): number {
  if (value === null) return 1;
  return Math.max(...alternatives(schema).map((type) => scoreOf(type, value)));
}

/** Whether a field must be there. */
export function isRequired(schema: z.core.$ZodType): boolean {
  return !(schema instanceof z.ZodOptional);
}

function scoreOf(type: z.core.$ZodType, value: unknown): number {
  if (type instanceof z.ZodArray)
    return Array.isArray(value) ? average(value.map((item) => shapeScore(type.element, item))) : 0;
  if (type instanceof z.ZodRecord)
    return isPlainMap(value) ? average(Object.values(value).map((entry) => shapeScore(type.valueType, entry))) : 0;
  if (!(type instanceof z.ZodObject)) return typeof value === 'object' ? 0 : 1;
  if (!isPlainMap(value)) return 0;
  const shape: Readonly<Record<string, z.core.$ZodType>> = type.shape;
  const lacks = Object.entries(shape).some(([key, field]) => isRequired(field) && !Object.hasOwn(value, key));
  return average(Object.keys(value).map((key) => Number(Object.hasOwn(shape, key)))) * (lacks ? 0.5 : 1);
}

function average(scores: readonly number[]): number {
  return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
