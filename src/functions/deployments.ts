import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { applicationLinks } from '../lib/argocd/application-links.ts';
import type { ArgoCdInstances } from '../lib/argocd/read-instances.ts';
import type { DeploymentIndex } from '../lib/deployments/deployment-index.ts';
import { viewDeployment, viewInList } from '../lib/deployments/deployment-view.ts';
import { concerns } from '../lib/gates/concerns.ts';
import type { GateStore } from '../lib/gates/gate-store.ts';
import { deploymentStates } from '../lib/model/deployment.ts';
import type { Deployment } from '../lib/model/deployment.ts';
import { buildAddressOf } from '../lib/net/build-url.ts';
import { imageName, tagPattern } from '../lib/model/image-reference.ts';
import { updateIdPattern } from '../lib/model/tag-update.ts';
import { listRecords } from '../lib/promotion/list-records.ts';
import { nextPromotions } from '../lib/promotion/next-promotions.ts';
import { promotionsFrom } from '../lib/promotion/targets.ts';
import type { RouteTable } from '../lib/routes/route.ts';
import { routesIfValid } from './routes-if-valid.ts';
import { answerOrUnavailable, imageNameSchema, nameSchema, problem, readQuery } from './http.ts';

const commitId = z
  .string()
  .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'expected the full id of a commit, 40 hexadecimal digits');
const querySchema = z.strictObject({
  route: nameSchema.exactOptional(),
  environment: nameSchema.exactOptional(),
  image: imageNameSchema.exactOptional(),
  tag: z.string().regex(tagPattern, 'expected a tag').exactOptional(),
  commit: commitId.exactOptional(),
  source: commitId.exactOptional(),
  build: z
    .string()
    .transform((text, context) => {
      if (/^[1-9]\d{0,9}$/.test(text)) return { id: Number(text) };
      const address = buildAddressOf(text);
      if (address) return { id: address.id, collection: address.collection };
      context.addIssue('expected the id of a build, or the URL of its page');
      return z.NEVER;
    })
    .exactOptional(),
  state: z.enum(deploymentStates).exactOptional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'expected a number from 1 to 200')
    .transform(Number)
    .pipe(z.int().min(1).max(200))
    .default(50),
  after: z
    .string()
    .regex(/^\d{13}-[0-9a-f]{32}$/, 'expected `next` of an earlier answer')
    .exactOptional(),
});

/** `GET /api/deployments`: the newest first, by pages. */
export function makeListDeployments(index: DeploymentIndex): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, querySchema, 'Invalid query of deployments');
    if ('response' in query) return query.response;
    const { limit, after, ...filter } = query.value;
    const { deployments, next } = await index.list(filter, { limit, ...(after === undefined ? {} : { after }) });
    const jsonBody = { deployments: deployments.map(viewInList), ...(next === undefined ? {} : { next }) };
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody };
  });
}

const mostCandidates = 20;
/** The first digits of an id: fewer fit too many. */
const prefixPattern = /^[0-9a-f]{4,31}$/;

export interface ShowDeploymentDeps {
  readonly index: Pick<DeploymentIndex, 'findById' | 'findByPrefix' | 'findDiff' | 'list'>;
  readonly argoCdInstances: ArgoCdInstances;
  readonly gates: Pick<GateStore, 'open'>;
  readonly routes: () => Promise<RouteTable>;
}

/** `GET /api/deployments/{id}`, by the whole id or its first digits. */
export function makeShowDeployment({ index, argoCdInstances, gates, routes }: ShowDeploymentDeps): HttpHandler {
  return answerOrUnavailable(async ({ params }) => {
    const id = (params['id'] ?? '').toLowerCase();
    const found = updateIdPattern.test(id) ? await index.findById(id) : undefined;
    const candidates = prefixPattern.test(id) ? await index.findByPrefix(id, mostCandidates) : [];
    if (candidates.length > 1) return several(id, candidates);
    const deployment = found ?? candidates[0];
    if (!deployment) {
      return problem(
        404,
        'Deployment not found',
        'No deployment has this id; expected its 32 hexadecimal digits, or the first 4 or more of them.',
      );
    }
    const links = applicationLinks(deployment.applications ?? [], argoCdInstances);
    const [open, promotions, diff] = await Promise.all([
      gates.open(),
      promotionsOf(deployment, { index, routes }),
      deployment.diff ?? index.findDiff(deployment.update.id),
    ]);
    const waiting = open.filter((gate) => concerns(gate, deployment));
    const jsonBody = {
      ...viewDeployment(deployment),
      ...(diff !== undefined && { diff }),
      ...(Object.keys(links).length > 0 && { applicationLinks: links }),
      ...(waiting.length > 0 && { gates: waiting.map(({ id: gate, collection }) => ({ id: gate, collection })) }),
      ...(promotions.length > 0 && { promotions }),
    };
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody };
  });
}

/** The promotions that go on from a deployment, and what holds each of them. */
async function promotionsOf(
  deployment: Deployment,
  { index, routes }: Pick<ShowDeploymentDeps, 'index' | 'routes'>,
): Promise<readonly object[]> {
  const { image, environment, route: name } = deployment.update;
  const route = (await routesIfValid(routes))?.match(imageName(image));
  const targets = route?.name === name ? promotionsFrom(route, environment) : [];
  if (targets.length === 0) return [];
  const digest = deployment.health?.digest;
  const anyTag = digest !== undefined && targets.some((target) => target.environment.takesPushes);
  const lists = [
    listRecords(index, name, { tag: image.tag }),
    ...(anyTag ? [listRecords(index, name, { digest })] : []),
  ];
  const records = (await Promise.all(lists)).flat();
  return nextPromotions(deployment, targets, records).map(({ record, ...next }) => {
    if (!record) return next;
    const { state, reason, heldBy, heldUntil, opensAt, update } = record;
    const held = { reason, heldBy, heldUntil, opensAt };
    return Object.assign(next, { id: update.id, state }, held);
  });
}

function several(id: string, candidates: readonly Deployment[]): HttpResponseInit {
  const detail = `${candidates.length}${candidates.length < mostCandidates ? '' : ' or more'} deployments have an id that begins with ${id}.`;
  const body = { type: 'about:blank', title: 'Several deployments', status: 409, detail };
  return {
    status: 409,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify({ ...body, deployments: candidates.map(viewInList) }),
  };
}
