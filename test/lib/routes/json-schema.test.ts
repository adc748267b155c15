import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { routesReference } from '../../../tools/generate/routes-reference.ts';
import { routesJsonSchema } from '../../../src/lib/routes/read/json-schema.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';

const root = join(import.meta.dirname, '../../..');

test('routes.schema.json is what the schema gives', () => {
  expect(JSON.parse(readFileSync(join(root, 'routes.schema.json'), 'utf8'))).toEqual(routesJsonSchema());
});

test('docs/routes-reference.md is what the schema gives, one entry per field with type and meaning', () => {
  const page = readFileSync(join(root, 'docs/routes-reference.md'), 'utf8');
  expect(page).toBe(routesReference(routesJsonSchema()));
  const entries = page.split('\n').filter((line) => line.startsWith('- `'));
  expect(entries.length).toBeGreaterThan(60);
  expect(entries.filter((row) => !/^- `[\w.]+` \(.+?\): .{5,}$/.test(row))).toEqual([]);
});

test('the defaults in the schema are those of the loader', () => {
  const text = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    pullRequest: {}
    environments: { dev: {} }
`;
  const { table } = loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] });
  const environment = table?.match('contoso.azurecr.io/api')?.environments[0];
  const documented = defaultsOf(
    (routesJsonSchema() as { definitions: { environment: unknown } }).definitions.environment,
  );
  expect(documented).toEqual({
    'tags.order': environment?.tags.order,
    allowMovingTags: environment?.tags.allowMovingTags,
    sameSource: environment?.sameSource ?? false,
    delivery: environment?.delivery,
    'pullRequest.autoComplete': environment?.pullRequest?.autoComplete,
    'pullRequest.mergeStrategy': environment?.pullRequest?.mergeStrategy,
    'pullRequest.draft': environment?.pullRequest?.draft,
    onFailure: environment?.onFailure,
    failureAfter: `${(environment?.failureAfterSeconds ?? 0) / 60}m`,
    'argocd.sync': environment?.argocd.sync,
    skipCi: environment?.skipCi,
    'statuses.source': environment?.statuses.source,
  });
});

/** The defaults of a schema's fields and of those below, by their dotted names. */
function defaultsOf(schema: unknown, above: readonly string[] = []): Record<string, unknown> {
  if (typeof schema !== 'object' || schema === null) return {};
  const own = 'default' in schema ? { [above.join('.')]: schema.default } : {};
  const fields = 'properties' in schema ? Object.entries(schema.properties as object) : [];
  const branches = 'anyOf' in schema ? (schema.anyOf as readonly unknown[]) : [];
  const below = [
    ...fields.map(([name, field]) => defaultsOf(field, [...above, name])),
    ...branches.map((branch) => defaultsOf(branch, above)),
  ];
  return Object.assign(own, ...below) as Record<string, unknown>;
}
