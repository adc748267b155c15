import type { z } from 'zod';
import type { FieldProblem, Malformed } from './image-pushed.ts';

/** The problems that a schema found in a body, field by field. */
export function malformed(error: z.ZodError): Malformed {
  return { kind: 'malformed', problems: error.issues.map(fieldProblem) };
}

function fieldProblem({ path, message }: z.core.$ZodIssue): FieldProblem {
  return { field: path.length === 0 ? '(body)' : path.map(String).join('.'), detail: message };
}
