import type { Answer } from '../../registry/http.ts';

/** HTTP status and gRPC code, as grpc-gateway maps them. */
const codes = {
  'invalid-argument': [400, 3],
  'not-found': [404, 5],
  'permission-denied': [403, 7],
  'failed-precondition': [400, 9],
  unauthenticated: [401, 16],
} as const;

/** An error of a gRPC gateway. */
export function refusal(kind: keyof typeof codes, message: string): Answer {
  const [status, code] = codes[kind];
  return { status, body: { error: message, code, message } };
}
