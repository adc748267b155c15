import type { IncomingMessage } from 'node:http';
import { ServiceError } from './service-error.ts';

/** The largest request that the service takes, in bytes. */
export const maxRequestSize = 26_214_400;

/** Reads a body, once however often it is asked for. Too large a one is read to its end, so that the answer arrives. */
export function bodyReader(request: IncomingMessage): () => Promise<Buffer> {
  let body: Promise<Buffer> | undefined;
  return () => (body ??= readBody(request));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxRequestSize) chunks.push(chunk);
  }
  if (size <= maxRequestSize) return Buffer.concat(chunks);
  throw new ServiceError(
    'InvalidArgumentValueException',
    `The maximum request size of ${maxRequestSize} bytes was exceeded.\r\nParameter name: contentStream`,
  );
}
