import type { Clock } from '../lib/model/clock.ts';
import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import type { DeploymentIndex } from '../lib/deployments/deployment-index.ts';
import type { Mark } from '../lib/model/deployment.ts';
import type { DeploymentStore, EnvironmentKey, MarkHistory } from '../lib/deployments/store.ts';
import { digestPattern, tagPattern } from '../lib/model/image-reference.ts';
import { routeByName } from '../lib/routes/match/route-by-name.ts';
import type { Environment, RouteTable } from '../lib/routes/route.ts';
import { compareTags } from '../lib/routes/match/tag-policy.ts';
import { answerOrUnavailable, problem, readBody, readQuery } from './http.ts';
import { logOf } from './log.ts';

export interface MarkDeps {
  readonly store: Pick<DeploymentStore, 'findMark'> & MarkHistory;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly routes: () => Promise<RouteTable>;
  readonly now: Clock;
  readonly newId: () => string;
}

const title = 'Not a mark';
const historyLimit = 20;
const clockSkewMs = 5 * 60 * 1000;
const name = z.string().min(1).max(500);
const querySchema = z.strictObject({ route: name, environment: name });
const reason = z.string().trim().min(1, 'expected why, for those who come after').max(1_000);
const bodySchema = z
  .strictObject({
    route: name,
    environment: name,
    reason,
    tag: z.string().regex(tagPattern, 'expected a tag').exactOptional(),
    digest: z.string().regex(digestPattern, 'expected sha256: and 64 hexadecimal digits').exactOptional(),
    pushedAt: z.iso.datetime().exactOptional(),
    clear: z.literal(true).exactOptional(),
  })
  .refine(({ tag, clear }) => (tag === undefined) !== (clear === undefined), 'expected either `tag` or `"clear": true`')
  .refine(
    ({ clear, digest, pushedAt }) => clear === undefined || (digest === undefined && pushedAt === undefined),
    'expected neither `digest` nor `pushedAt` with `clear`',
  );
type Asked = z.infer<typeof bodySchema>;

/** `GET /api/mark?route=…&environment=…`, level admin: the mark, and how people have changed it. */
export function makeShowMark({ store, routes }: MarkDeps): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, querySchema, title);
    if ('response' in query) return query.response;
    const key = query.value;
    const [mark, history] = await Promise.all([store.findMark(key), store.markHistory(key, historyLimit)]);
    if (!mark && history.length === 0 && !findEnvironment(await routes(), key)) return unknownEnvironment(key);
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { ...key, mark: mark ?? null, history } };
  });
}

/** `POST /api/mark`, level admin: sets or clears a mark, with a reason, recorded. */
export function makeChangeMark(deps: MarkDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, bodySchema, title);
    if ('response' in body) return body.response;
    const { route, environment, reason: why } = body.value;
    const made = await makeMark(body.value, deps);
    if ('response' in made) return made.response;
    const { mark } = made;
    const at = deps.now().toISOString();
    const before = await deps.store.setMark({ route, environment }, { id: deps.newId(), at, reason: why, mark });
    const tags = { tag: mark?.tag, before: before?.tag };
    logOf(context)('warn', mark ? 'mark-set' : 'mark-cleared', { route, environment, ...tags, reason: why });
    return { status: 200, jsonBody: { route, environment, before: before ?? null, mark: mark ?? null } };
  });
}

/** The mark that is asked for, none where it is to be cleared; or the answer that says what is wrong with it. */
async function makeMark(
  { route, environment: environmentName, tag, digest, pushedAt, reason: why }: Asked,
  { routes, index, now }: MarkDeps,
): Promise<{ readonly mark: Mark | undefined } | { readonly response: HttpResponseInit }> {
  // A mark outlives its route, so clearing asks for none.
  if (tag === undefined) return { mark: undefined };
  const key = { route, environment: environmentName };
  const environment = findEnvironment(await routes(), key);
  if (!environment) return { response: unknownEnvironment(key) };
  const known = await index.list({ ...key, tag }, { limit: 1 });
  const pushed = pushedAt ?? known.deployments[0]?.update.pushedAt ?? now().toISOString();
  if (Date.parse(pushed) > now().getTime() + clockSkewMs) {
    return { response: problem(400, title, '`pushedAt` lies in the future; nothing would be newer until then.') };
  }
  const dated = { tag, pushedAt: new Date(pushed) };
  if (compareTags(environment.tags, dated, dated) === undefined) {
    const { order, match } = environment.tags;
    const rule = match === undefined ? order : `${order} of ${match}`;
    return { response: problem(400, title, `The order of this environment (${rule}) cannot compare the tag ${tag}.`) };
  }
  return { mark: { tag, pushedAt: pushed, reason: why, ...(digest === undefined ? {} : { digest }) } };
}

function findEnvironment(table: RouteTable, { route, environment }: EnvironmentKey): Environment | undefined {
  return routeByName(table, route)?.environments.find((candidate) => candidate.name === environment);
}

function unknownEnvironment({ route, environment }: EnvironmentKey): HttpResponseInit {
  const detail = `There is no route ${route} with an environment ${environment}. A route's name has its captures filled in, as in the list of deployments.`;
  return problem(404, 'No such environment', detail);
}
