import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { UpdateCause } from '../../../src/lib/model/update-cause.ts';

/** A record of `shop/api` in `prod` whose states began at these times. */
export function recordOf(
  tag: string,
  states: readonly (readonly [DeploymentState, string])[],
  more: Partial<Deployment> & {
    readonly cause?: UpdateCause;
    readonly route?: string;
    readonly environment?: string;
  } = {},
): Deployment {
  const { cause = { kind: 'push' }, route = 'shop/api', environment = 'prod', ...fields } = more;
  const image = { registry: 'contoso.azurecr.io', repository: 'shop/api', tag };
  const [first, last] = [states[0], states.at(-1)];
  if (!first || !last) throw new Error('a record has a state');
  return {
    update: { id: updateId(route, environment, image, false), route, environment, image, pushedAt: first[1], cause },
    state: last[0],
    states: states.map(([state, at]) => ({ state, at })),
    updatedAt: last[1],
    applications: ['argocd/api'],
    ...fields,
  };
}

/** The build behind an image, queued at a time. */
export function buildQueuedAt(queuedAt: string): NonNullable<Deployment['build']> {
  return {
    collection: 'https://dev.azure.com/contoso',
    project: 'shop',
    id: 7,
    number: '7',
    url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=7',
    definition: { id: 1, name: 'api' },
    sourceBranch: 'refs/heads/main',
    sourceVersion: 'a'.repeat(40),
    reason: 'individualCI',
    queuedAt,
    trusted: true,
  };
}
