import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { startArgoCd } from '../../../local/argocd/argocd.ts';
import type { ArgoCd, ArgoCdOptions } from '../../../local/argocd/argocd.ts';
import type { ApplicationStatus } from '../../../local/argocd/application.ts';
import { addCommit, makeBareRepository } from '../../support/bare-repository.ts';
import { eventually } from '../../support/eventually.ts';

export const repoURL = 'https://dev.azure.com/contoso/platform/_git/gitops';
export const image = (tag: string) => `contoso.azurecr.io/shop/checkout:${tag}`;
export const values = (tag: string) => `image:\n  repository: contoso.azurecr.io/shop/checkout\n  tag: "${tag}"\n`;
export const checkout = { name: 'checkout-dev', sources: [{ repoURL, path: 'apps/checkout', targetRevision: 'main' }] };
export const until = (check: () => void | Promise<void>) => eventually(check);
/** Quick, but nothing is compared without a request: the first poll is at a random part of `pollMs`. */
export const pace = {
  pollMs: 1_000_000_000,
  syncMs: 20,
  retryMs: 5,
  healthMs: 20,
  deadlineMs: 20,
  resyncMs: 1_000_000_000,
  evaluationMs: 0,
  retryWaitMs: [5, 20],
} as const;

/** A GitOps repository and an Argo CD that deploys it, for each test of a file. */
export function useArgoCd() {
  let directory: string;
  let running: ArgoCd[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'argocd-'));
    await makeBareRepository(directory);
  });
  afterEach(async () => {
    await Promise.all(running.map((argocd) => argocd.close()));
    running = [];
    await rm(directory, { recursive: true });
  });
  const commit = (files: Readonly<Record<string, string>>) => addCommit(directory, { files });
  return {
    commit,
    push: (tag: string) => commit({ 'apps/checkout/values.yaml': values(tag) }),
    /** Starts with a tag that is deployed. */
    start: async (tag: string, options: Partial<ArgoCdOptions> = {}): Promise<ArgoCd> => {
      await commit({ 'apps/checkout/values.yaml': values(tag) });
      const argocd = await startArgoCd({
        applications: [checkout],
        repositories: { [repoURL]: directory },
        token: 'admin-token',
        log: () => undefined,
        ...options,
        pace: { ...pace, ...options.pace },
      });
      running.push(argocd);
      await until(() => {
        if (argocd.application(`argocd/checkout-dev`).status.sync.status === 'Unknown') throw new Error('not compared');
      });
      return argocd;
    },
  };
}

export const statusOf = (argocd: ArgoCd): ApplicationStatus => argocd.application('argocd/checkout-dev').status;
