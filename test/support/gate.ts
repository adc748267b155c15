import { randomBytes } from 'node:crypto';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../src/lib/model/deployment.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import type { FindSeenDeps } from '../../src/lib/gates/find-seen.ts';
import type { Gate } from '../../src/lib/gates/gate.ts';
import { makeTokenCipher } from '../../src/lib/gates/token-cipher.ts';
import { updateId } from '../../src/lib/model/tag-update.ts';

export const openedAt = '2026-11-20T10:00:00.000Z';
export const endsAt = '2026-11-20T10:55:00.000Z';
export const cipher = makeTokenCipher([randomBytes(32)]);

const { table } = loadRoutes(
  [
    {
      setting: 'routes.yaml',
      text: `
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: { prod: { delivery: commit, tags: { order: newest } } }
`,
    },
  ],
  { azureDevOpsCollections: [], registries: [] },
);

/** A route of every name, and no pushes that changed nothing. */
export const nothingSeen: FindSeenDeps = {
  missed: { list: () => Promise.resolve([]) },
  hasRecord: () => Promise.resolve(true),
  routes: () => (table ? Promise.resolve(table) : Promise.reject(new Error('the routes of the test do not load'))),
};

/** A gate that waits for build 1 in dev. */
export function newGate(question: Partial<Gate['question']> = {}): Gate {
  const id = randomBytes(16).toString('hex');
  const task = { collection: 'https://dev.azure.com/fabrikam', hubName: 'build', projectId: 'p', planId: id };
  return {
    id,
    task: { ...task, jobId: 'j', timelineId: 't', taskInstanceId: 'i' },
    question: {
      environment: 'dev',
      selector: { kind: 'build', build: 1 },
      onSuperseded: 'follow',
      requireImage: false,
      ...question,
    },
    token: cipher.encrypt('token', id),
    openedAt,
    endsAt,
    found: [],
    reported: {},
    lines: [],
  };
}

/** A deployment of a route to dev, with an application. */
export function deploymentOf(route: string, state: DeploymentState, details: Partial<Deployment> = {}): Deployment {
  const image = { registry: 'fabrikam.azurecr.io', repository: route, tag: '7' };
  const id = updateId(route, 'dev', image, false);
  const update = { id, route, environment: 'dev', image, pushedAt: openedAt, cause: { kind: 'push' as const } };
  const record = queued(update, '', new Date(openedAt));
  return { ...moveTo(record, state, { applications: [`argocd/${route}`] }, new Date(openedAt)), ...details };
}
