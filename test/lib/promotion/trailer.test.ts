import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { tagUpdateSchema } from '../../../src/lib/model/tag-update.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { deliveryBench } from '../../support/delivery.ts';

const routes = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    branch: main
    delivery: commit
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments:
      staging: { promoteFrom: [dev-weu, e2e], tags: { match: '^(\\d+)$', order: numeric } }
      dev-weu:
        application: argocd/api-dev
        tags: { match: '^(\\d+)$', order: numeric }
        update: [{ file: dev.yaml, helm: { tag: image.tag } }]
      e2e:
        application: argocd/api-e2e
        tags: { match: '^(\\d+)$', order: numeric }
        update: [{ file: e2e.yaml, helm: { tag: image.tag } }]
`;
const ids = ['1'.repeat(32), '2'.repeat(32)];

test('the commit of a promotion names its cause and the healthy records', async () => {
  const { worker, update, bare } = await deliveryBench({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const from = [
    { environment: 'dev-weu', id: ids[0] ?? '' },
    { environment: 'e2e', id: ids[1] ?? '' },
  ];
  const promoted = { ...update('api', '2'), cause: { kind: 'promotion' as const, from } };
  expect(await worker()(promoted)).toMatchObject({ kind: 'committed' });
  const message = await git(['log', '-1', '--format=%B', 'main'], bare);
  expect(message).toContain(` cause=promotion from=dev-weu:${ids[0]},e2e:${ids[1]}`);
  expect(parseTrailers(message)).toMatchObject([{ cause: 'promotion', from: `dev-weu:${ids[0]},e2e:${ids[1]}` }]);
});

test.each([[[]], [[{ environment: 'dev', id: 'x' }]]])('a promotion from %j is refused', (from) => {
  const update = { id: ids[0], route: 'a', environment: 'b', image: { registry: 'r.io', repository: 'a', tag: '1' } };
  const body = { ...update, pushedAt: '2026-11-20T10:00:00.000Z', cause: { kind: 'promotion', from } };
  expect(tagUpdateSchema.safeParse(body).success).toBe(false);
});
