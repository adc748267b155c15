import { createHash } from 'node:crypto';
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { withConfigured } from '../lib/deployments/configured-environments.ts';
import type { EnvironmentList } from '../lib/deployments/list-environments.ts';
import type { RouteTable } from '../lib/routes/route.ts';
import { answerOrUnavailable, readQuery } from './http.ts';
import { routesIfValid } from './routes-if-valid.ts';

export interface EnvironmentsDeps {
  readonly listEnvironments: () => Promise<EnvironmentList>;
  readonly routes: () => Promise<RouteTable>;
}

/** `GET /api/environments`: the newest deployment of each environment of each route. */
export function makeListEnvironments({ listEnvironments, routes }: EnvironmentsDeps): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, z.strictObject({}), 'Invalid query of environments');
    if ('response' in query) return query.response;
    const [{ environments, ...more }, table] = await Promise.all([listEnvironments(), routesIfValid(routes)]);
    return withEtag(request, { environments: withConfigured(environments, table).toSorted(byName), ...more });
  });
}

/** The answer with a hash of its content, or 304 if the caller has it. */
function withEtag(request: HttpRequest, content: object): HttpResponseInit {
  const body = JSON.stringify(content);
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = { 'cache-control': 'no-cache', etag };
  const known = request.headers.get('if-none-match')?.split(',') ?? [];
  const isKnown = known.some((one) => one.trim().replace(/^W\//, '') === etag);
  if (isKnown) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body };
}

interface Named {
  readonly route: string;
  readonly environment: string;
}

function byName(a: Named, b: Named): number {
  if (a.route !== b.route) return a.route < b.route ? -1 : 1;
  return a.environment === b.environment ? 0 : a.environment < b.environment ? -1 : 1;
}
