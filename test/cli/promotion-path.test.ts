import { expect, test } from 'vitest';
import { promotionPaths } from '../../src/cli/promotion-path.ts';
import { loadText } from '../lib/routes/support.ts';

const pathsOf = (environments: string) =>
  promotionPaths(
    loadText(`
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, application: 'argocd/{environment}' }
routes:
  shop:
    image: contoso.azurecr.io/shop
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    environments:
${environments}`).table?.templates()[0]?.environments ?? [],
  );
const tags = `tags: { match: '^main-(\\d+)$', order: numeric }`;

test('a chain with soak, windows and deliveries', () => {
  expect(
    pathsOf(`
      dev: { ${tags}, delivery: commit }
      staging: { promoteFrom: dev, soak: 90m, delivery: commit }
      prod: { promoteFrom: staging, soak: 2h, windows: [{ kind: allow, schedule: '0 8 * * 1-5', duration: 8h, timeZone: UTC }] }`),
  ).toEqual(['dev (commit) → staging (commit, soak 90m) → prod (pull-request, soak 2h, 1 window)']);
});

test('several sources, own tags, and environments without promotion', () => {
  expect(
    pathsOf(`
      weu: { ${tags}, delivery: commit }
      neu: { ${tags}, delivery: commit }
      prod: { promoteFrom: [weu, neu], tags: { match: '^v(\\d+)$', order: numeric } }
      lab: { ${tags}, delivery: observe }`),
  ).toEqual(['[weu (commit) + neu (commit)] → prod (pull-request, own tags)']);
  expect(
    pathsOf(`
      dev: { ${tags} }`),
  ).toEqual([]);
});
