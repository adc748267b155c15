import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { errorReply, html } from './reply.ts';
import type { Reply } from './reply.ts';
import { ServiceError } from './service-error.ts';

/** Whether the request brings one of the tokens: as password of Basic, with any user name, or as Bearer token. */
export function isAuthenticated(headers: IncomingHttpHeaders, tokens: readonly string[]): boolean {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(headers.authorization ?? '') ?? [];
  const given = scheme.toLowerCase() === 'basic' ? passwordOf(credentials) : credentials;
  const known = scheme.toLowerCase() === 'basic' || scheme.toLowerCase() === 'bearer';
  return known && tokens.some((token) => isEqual(token, given));
}

/**
 * The answer of the service without a valid token: a sign-in page with a status that looks like success, unless the
 * client asks not to be redirected. Methods that a browser does not send get 401 always.
 */
export function signInReply(method: string, headers: IncomingHttpHeaders): Reply {
  const suppressed = String(headers['x-tfs-fedauthredirect'] ?? '').toLowerCase() === 'suppress';
  return suppressed || !['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method) ? unauthorizedReply() : signInPage();
}

/** Where a redirect to the sign-in page leads. */
export const signInPath = '/_signin';

export function signInPage(): Reply {
  return html(203, 'Azure DevOps Services | Sign In');
}

export function unauthorizedReply(): Reply {
  const message = "TF400813: The user '' is not authorized to access this resource.";
  const reply = errorReply(new ServiceError('UnauthorizedRequestException', message));
  return { ...reply, headers: { 'www-authenticate': ['Bearer', 'Basic realm="http://127.0.0.1/"'] } };
}

/** The challenge for Git clients: they try without credentials first, and send them when asked. */
export function gitChallenge(): Reply {
  return {
    ...html(401, 'Azure DevOps Services | Sign In'),
    headers: { 'www-authenticate': 'Basic realm="http://127.0.0.1/"' },
  };
}

function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}
