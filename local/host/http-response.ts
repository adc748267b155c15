import type { ServerResponse } from 'node:http';
import type { HttpCookie, HttpData } from './core-types.ts';
import type { InvocationResult } from './run-invocation.ts';

/** Set by the server itself, from the body and the connection. */
const serverHeaders = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);
const statusesWithoutBody = new Set([204, 205, 304]);

/** 500 where the function failed, 204 where it returned nothing, else its own response. */
export function statusOf(result: InvocationResult): number {
  if (result.outcome === 'failed') return 500;
  const http = result.response.returnValue?.http;
  return http ? Number(http.statusCode ?? 200) : 204;
}

/** Answers a request with what its function returned. */
export function sendResult(response: ServerResponse, result: InvocationResult): void {
  response.statusCode = statusOf(result);
  const http = result.outcome === 'succeeded' ? result.response.returnValue?.http : undefined;
  if (http) send(response, http);
  else response.end();
}

function send(response: ServerResponse, { headers = {}, cookies = [], body }: HttpData): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!serverHeaders.has(name.toLowerCase())) response.setHeader(name, value);
  }
  if (cookies.length > 0) {
    const set = response.getHeader('set-cookie') ?? [];
    response.setHeader('set-cookie', [...(Array.isArray(set) ? set : [String(set)]), ...cookies.map(formatCookie)]);
  }
  if (statusesWithoutBody.has(response.statusCode)) response.end();
  else response.end(body?.bytes ?? body?.string ?? '');
}

/** A cookie as ASP.NET Core writes it, whose default path is the root. */
function formatCookie({ name, value, domain, path, expires, maxAge, secure, sameSite, httpOnly }: HttpCookie): string {
  const seconds = expires?.value?.seconds;
  const site = sameSite === 'explicitNone' ? 'none' : sameSite;
  const parts = [
    `${name ?? ''}=${encodeURIComponent(value ?? '')}`,
    ...(typeof seconds === 'number' ? [`expires=${new Date(seconds * 1000).toUTCString()}`] : []),
    ...(typeof maxAge?.value === 'number' ? [`max-age=${Math.trunc(maxAge.value)}`] : []),
    ...(domain?.value ? [`domain=${domain.value}`] : []),
    `path=${path?.value ?? '/'}`,
    ...(secure?.value === true ? ['secure'] : []),
    ...(sameSite && sameSite !== 'none' ? [`samesite=${site}`] : []),
    ...(httpOnly?.value === true ? ['httponly'] : []),
  ];
  return parts.join('; ');
}
