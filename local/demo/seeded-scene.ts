import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, seedRepository } from '../git.ts';
import type { Scene } from './demo.ts';
import { narrate } from './narrate.ts';
import { playPromotion } from './promotion.ts';

const environments = ['dev', 'staging', 'prod'];
const fileOf = (environment: string): string => `apps/checkout/values-${environment}.yaml`;

/** The repository and the routes that come with the platform. */
export async function seededScene({ fail }: { readonly fail: boolean }): Promise<Scene> {
  const seed = join(import.meta.dirname, '..', 'seed');
  const source = { organization: 'contoso', project: 'shop', name: 'checkout' };
  return {
    seed: (bareDirectory) => seedRepository(join(seed, 'gitops'), bareDirectory),
    repository: { organization: 'contoso', project: 'platform', name: 'gitops' },
    source: { ...source, seed: (bareDirectory) => seedRepository(join(seed, 'checkout'), bareDirectory) },
    applications: environments.map((environment) => ({
      name: `checkout-${environment}`,
      sources: [
        {
          repoURL: 'https://dev.azure.com/contoso/platform/_git/gitops',
          path: fileOf(environment),
          targetRevision: 'main',
        },
      ],
    })),
    settings: { ROUTES: await readFile(join(seed, 'routes.yaml'), 'utf8') },
    image: { registry: 'contoso.azurecr.io', repository: 'shop/checkout', tag: '1.8.0' },
    nextTag: '1.9.0',
    title: 'one push goes from dev to staging, and to a pull request for prod',
    async play(stage, sourceDirectory) {
      const commit = (await git(['rev-parse', 'main'], sourceDirectory)).trim();
      const narrator = narrate(stage.steps, stage.terminal);
      const badTag = fail ? '1.8.1-broken' : undefined;
      const scene = { source: { ...source, commit }, route: 'shop/checkout', fileOf, soakMs: 3000, badTag };
      try {
        await playPromotion(stage, scene, narrator);
      } finally {
        await narrator.stop();
      }
    },
  };
}
