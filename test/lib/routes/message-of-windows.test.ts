import { expect, test } from 'vitest';
import { loadRoutes } from '../../../src/lib/routes/load.ts';

const messagesOf = (environment: string): readonly string[] => {
  const text = `
routes:
  a:
    image: contoso.azurecr.io/a
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    delivery: commit
    update: [{ file: a.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^(\\\\d+)$', order: numeric }, ${environment} } }
`;
  return loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] }).problems.map(
    ({ message }) => message,
  );
};

test.each(['failureAfter: 5', 'soak: 5'])('%s: a number alone is answered with a unit to write', (field) => {
  const messages = messagesOf(field);
  expect(messages).toContain('found the number 5; expected text with a unit, such as 5m for minutes');
  expect(messages.join()).not.toContain("'5'");
});

test('an unknown time zone is answered with the nearest name', () => {
  const window = `{ kind: allow, schedule: '0 8 * * *', duration: 1h, timeZone: Europe/Berln }`;
  expect(messagesOf(`windows: [${window}]`).join()).toContain('is not a time zone, did you mean `Europe/Berlin`?');
});
