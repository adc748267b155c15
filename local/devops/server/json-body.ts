import type { z } from 'zod';
import type { Call } from './call.ts';
import { invalidArgument, ServiceError } from './service-error.ts';

/** Reads the body of a request by a schema. Throws a `ServiceError` (400) for invalid JSON or another shape. */
export async function readJson<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S>> {
  const text = (await call.body()).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // The service cannot bind a body that it cannot read, and complains about what is then missing.
    throw new ServiceError('ArgumentNullException', `Value cannot be null. The body is not JSON: ${String(error)}`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw invalidArgument(issue?.message ?? 'The body has another shape.', issue?.path.join('.') ?? 'body');
}
