import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Holds back the responses to the requests that `applies` picks until `settle` has settled. A response is an answer to a
 * write only when its first byte is sent, so the whole of it waits; such responses are small. Where settling fails the
 * response becomes a 500.
 *
 * Call it after the server has its request listener and before it listens.
 */
export function holdResponses(
  server: Server,
  applies: (request: IncomingMessage) => boolean,
  settle: () => Promise<void> | undefined,
): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (applies(request)) hold(response, settle);
  });
}

function hold(response: ServerResponse, settle: () => Promise<void> | undefined): void {
  const end = response.end.bind(response);
  const chunks: Buffer[] = [];
  const keep = (args: readonly unknown[]): (() => void) | undefined => {
    const [chunk, encoding] = args;
    if (typeof chunk === 'string') {
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'));
    } else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    return args.find((arg): arg is () => void => typeof arg === 'function');
  };
  response.write = (...args: readonly unknown[]) => {
    keep(args)?.();
    return true;
  };
  response.end = (...args: readonly unknown[]) => {
    const callback = keep(args);
    const finish = (): void => {
      if (chunks.length === 0) end(callback);
      else end(Buffer.concat(chunks), callback);
    };
    const settling = settle();
    if (settling === undefined) finish();
    else {
      settling.then(finish, (cause: unknown) => {
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        response.statusCode = 500;
        response.setHeader('x-ms-error-code', 'InternalError');
        response.setHeader('content-type', 'text/plain; charset=utf-8');
        end(`The change could not be saved: ${String(cause)}\n`, callback);
      });
    }
    return response;
  };
}
