import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';

/** The body of a GraphQL answer: errors come with the status 200. */
export const graphqlSchema = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ type: z.string().optional(), message: z.string() })).optional(),
});

type GraphqlError = NonNullable<z.output<typeof graphqlSchema>['errors']>[number];

const codes: Readonly<Record<string, FailureCode>> = {
  NOT_FOUND: 'repository-not-found',
  FORBIDDEN: 'permission-denied',
  INSUFFICIENT_SCOPES: 'permission-denied',
  UNPROCESSABLE: 'pull-request-refused',
  RATE_LIMITED: 'throttled',
  RATE_LIMIT: 'throttled',
};

/** Classifies by the type of the first error; one without a type is a fault of GitHub's. */
export function failureOfErrors(errors: readonly GraphqlError[], host: string): Failure {
  const code = codes[errors[0]?.type ?? ''] ?? 'service-unavailable';
  const said = errors.map(({ message }) => message).join('; ');
  return new Failure(code, `GraphQL of ${host} answered: ${said.slice(0, 1000)}.`);
}
