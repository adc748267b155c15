import { expect, test } from 'vitest';
import { deliveryBench } from '../../support/delivery.ts';
import { fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  date-and-run:
    image: contoso.azurecr.io/date-and-run
    update: [{ file: date-and-run.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '^(\\d{8})\\.(\\d+)$', order: numeric } } }
  date-only:
    image: contoso.azurecr.io/date-only
    update: [{ file: date-only.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '^(\\d{8})\\.\\d+$', order: numeric } } }
  open:
    image: contoso.azurecr.io/open
    update: [{ file: open.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '^(\\d{8})', order: numeric } } }
  version-and-build:
    image: contoso.azurecr.io/version-and-build
    update: [{ file: version-and-build.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '^(\\d+\\.\\d+\\.\\d+)-b\\d+$', order: semver } } }
`;

test.each([
  ['date-and-run', '20261127.9', '20261127.10', '20261128.1'],
  ['date-only', '20261127.9', '20261127.10', '20261128.1'],
  ['open', '20261127.9', '20261127.10', '20261128.1'],
  ['version-and-build', '1.4.0-b9', '1.4.0-b10', '1.4.1-b1'],
])('%s: a later push of %s never replaces %s', async (route, older, newer, newest) => {
  const file = `${route}.yaml`;
  const { bare, worker, update } = await deliveryBench({ routes, files: { [file]: 'tag: "0"\n' } });
  const apply = worker();
  expect(await apply(update(route, newer))).toMatchObject({ kind: 'committed' });
  const pushedAgain = { ...update(route, older), pushedAt: new Date(Date.now() + 60_000).toISOString() };
  expect(await apply(pushedAgain)).toMatchObject({ kind: 'superseded', by: newer });
  expect(await fileAtTip(bare, file)).toBe(`tag: "${newer}"\n`);
  expect(await apply(update(route, newest))).toMatchObject({ kind: 'committed', previous: newer });
});
