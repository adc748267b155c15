import type { z } from 'zod';
import { Failure } from '../model/failure.ts';

/**
 * The body of a job by its schema.
 *
 * @param what names the expected body: `a tag update`
 * @throws {Failure} `message-malformed`
 */
export function parseBody<T>(body: unknown, schema: z.ZodType<T>, what: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    field: path.map(String).join('.'),
    detail: message,
  }));
  throw malformedMessage(what, problems);
}

/** The failure of a message that is not of the expected kind. */
export function malformedMessage(
  what: string,
  problems: readonly { readonly field: string; readonly detail: string }[],
): Failure {
  const fields = problems.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
  return new Failure('message-malformed', `The message is not ${what}: ${fields}`);
}
