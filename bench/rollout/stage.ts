import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startArgoCd } from '../../local/argocd/argocd.ts';
import type { ArgoCd } from '../../local/argocd/argocd.ts';
import {
  applicationName,
  seedServices,
  serviceApplications,
  serviceName,
  servicesRepository,
  servicesRoutes,
} from '../../local/seed/services.ts';
import { commitsAbove, tipOf } from '../delivery/gitops-repository.ts';
import { startStage } from '../delivery/stage.ts';
import type { Stage } from '../delivery/stage.ts';

/** How Argo CD learns of a commit: by its polls alone, by the repository's service hook, or by tagrelay. */
export type Way = 'polls' | 'hook' | 'refresh';

/** One comparison of an application takes this long, in milliseconds. */
export const compareMs = 1000;
/** Comparisons at a time. */
export const comparisons = 10;
/** From the end of a sync until the new pods are ready, in milliseconds. */
export const podsMs = 1000;

const argoToken = 'argocd-token';

/** The app, a GitOps repository, and an Argo CD that deploys each of its services as an application. */
export interface Rollout {
  /** Pushes an image of the service; settles when it runs, with the milliseconds since the push. */
  readonly run: (service: number, tag: string) => Promise<number>;
  /** Settles when every application has been compared with the tip. */
  readonly quiet: () => Promise<void>;
  /** Commits of the app so far. */
  readonly commits: () => Promise<number>;
  /** Refreshes that Argo CD was asked for. */
  readonly refreshes: () => number;
  readonly close: () => Promise<void>;
}

export interface RolloutOptions {
  readonly folder: string;
  readonly applications: number;
  readonly way: Way;
  /** The shortest time between polls of an application, in milliseconds; up to half of it is added at random. */
  readonly pollMs: number;
}

export async function startRollout({ folder, applications, way, pollMs }: RolloutOptions): Promise<Rollout> {
  const bare = join(folder, `${way}-${applications}.git`);
  await seedServices(bare, applications);
  const base = await tipOf(bare);
  let refreshes = 0;
  const startArgo = (repoURL: string): Promise<ArgoCd> =>
    startArgoCd({
      applications: serviceApplications(applications, repoURL),
      repositories: { [repoURL]: bare },
      token: argoToken,
      pace: { pollMs, compareMs, comparisons, healthMs: podsMs },
      onRefresh: () => (refreshes += 1),
    });
  const start = async (): Promise<{ readonly stage: Stage; readonly argoCd: ArgoCd }> => {
    if (way === 'hook') {
      const stage = await startStage(bare, 1, 'as deployed', { ROUTES: servicesRoutes });
      const url = new URL(stage.gitUrl);
      // The event of the service hook names the repository by the address of the emulator.
      const argoCd = await startArgo(`${url.origin}${url.pathname}`);
      await addServiceHook(stage, `${argoCd.url}/api/webhook`);
      return { stage, argoCd };
    }
    const argoCd = await startArgo(servicesRepository);
    const access = way === 'refresh' ? { ARGOCD_URL: argoCd.url, ARGOCD_TOKEN: argoToken } : {};
    return { stage: await startStage(bare, 1, 'as deployed', { ROUTES: servicesRoutes, ...access }), argoCd };
  };
  const { stage, argoCd } = await start();
  const isCompared = (index: number, commit: string): boolean =>
    argoCd.application(`argocd/${applicationName(index)}`).status.sync.revision === commit;

  return {
    async run(service, tag) {
      const pushedAt = performance.now();
      await stage.push(serviceName(service), tag);
      await until(() => isRunning(argoCd, service, tag));
      return performance.now() - pushedAt;
    },
    async quiet() {
      const tip = await tipOf(bare);
      await until(() => Array.from({ length: applications }, (_, index) => index).every((one) => isCompared(one, tip)));
    },
    commits: () => commitsAbove(bare, base),
    refreshes: () => refreshes,
    async close() {
      await argoCd.close();
      await stage.close();
    },
  };
}

/** Synced and Healthy with this tag, and no other. */
function isRunning(argoCd: ArgoCd, service: number, tag: string): boolean {
  const { sync, health, summary } = argoCd.application(`argocd/${applicationName(service)}`).status;
  const images = summary.images ?? [];
  const isNew = images.length === 1 && images[0] === `contoso.azurecr.io/${serviceName(service)}:${tag}`;
  return sync.status === 'Synced' && health.status === 'Healthy' && isNew;
}

async function until(isDue: () => boolean): Promise<void> {
  while (!isDue()) await sleep(20);
}

/** The hook "Code pushed" of the project, as an administrator makes it. */
async function addServiceHook({ devops, token }: Stage, url: string): Promise<void> {
  const answer = await fetch(`${devops.url}/contoso/_apis/hooks/subscriptions?api-version=7.1`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`:${token}`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      publisherId: 'tfs',
      eventType: 'git.push',
      consumerId: 'webHooks',
      consumerActionId: 'httpRequest',
      consumerInputs: { url },
    }),
  });
  if (!answer.ok) throw new Error(`the service hook was answered with ${answer.status}: ${await answer.text()}`);
}
