import { request as sendRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import { serveOnLoopback } from './loopback-server.ts';
import { signedIn } from './signed-in.ts';

const cookieName = 'AppServiceAuthSession';

/**
 * Stands in front of an app as App Service Authentication does: it removes its own headers from requests and sets them for
 * the person of the cookie. The cookie of a person is `NAME.ROLE`; other sites can send it too, which is the worst case.
 *
 * @returns the URL of the front
 */
export async function startAuthentication(target: string): Promise<string> {
  const server = await serveOnLoopback((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const [, role] = /^\/\.auth\/login\/aad\?as=(\w+)$/.exec(url) ?? [];
    if (role !== undefined) {
      response.writeHead(302, { location: '/api/ui', 'set-cookie': `${cookieName}=kim.${role}; Path=/; HttpOnly` });
      response.end();
      return;
    }
    const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-ms-client-principal'));
    const [, name, given] = new RegExp(`${cookieName}=(\\w+)\\.(\\w+)`).exec(headers.cookie ?? '') ?? [];
    const person = name !== undefined && given !== undefined ? signedIn(name, given) : {};
    const onward = sendRequest(new URL(url, target), { method, headers: { ...Object.fromEntries(kept), ...person } });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  onTestFinished(() => server.close());
  return server.url;
}
