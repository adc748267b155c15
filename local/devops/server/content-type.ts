import type { Call } from './call.ts';
import { ServiceError } from './service-error.ts';

/** Throws 415 for a body of another content type. */
export function requireContentType({ headers, method }: Pick<Call, 'headers' | 'method'>, contentType: string): void {
  const given = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (given === contentType) return;
  throw new ServiceError(
    'VssRequestContentTypeNotSupportedException',
    `The request indicated a Content-Type of "${given}" for method type "${method}" which is not supported. ` +
      `Valid content types for this method are: ${contentType}.`,
  );
}
