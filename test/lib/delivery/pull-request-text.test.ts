import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { openFile } from '../../../src/lib/edit/edit.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { inspect } from '../../../src/lib/values/inspect.ts';
import type { Inspection } from '../../../src/lib/values/inspect.ts';
import { proposalOptions } from '../../../src/lib/delivery/plan/proposal-options.ts';
import { proposalText } from '../../../src/lib/delivery/plan/pull-request-text.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { routeImage } from '../../../src/lib/delivery/plan/route-image.ts';

const { table } = loadRoutes(
  [
    {
      setting: 'ROUTES',
      text: `
routes:
  '{s}':
    image: contoso.azurecr.io/{s}
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: '{s}.yaml', helm: { tag: tag } }]
    environments:
      prod: { pullRequest: { reviewers: [a@x.example], labels: [one], autoComplete: true, mergeStrategy: rebase } }
      beta: { branch: beta, pullRequest: { reviewers: [a@x.example, b@x.example], draft: true, autoComplete: true } }
      none: { branch: none }
      skip: { branch: skip, skipCi: always }
`,
    },
  ],
  { azureDevOpsCollections: [], registries: [] },
);

function inspection(name: string, current: string, environment = 'prod'): Inspection {
  const image = { registry: 'contoso.azurecr.io', repository: name, tag: '2' };
  const route = table?.match(`contoso.azurecr.io/${name}`);
  const resolvedEnvironment = route?.environments.find((one) => one.name === environment);
  const routed = table && routeImage(table, image, '2026-11-20T10:00:00.000Z');
  const update = routed?.updates.find((one) => one.update.environment === environment)?.update;
  if (!resolvedEnvironment || !update) throw new Error('the routes of the test take no such image');
  const file = `${name}.yaml`;
  const files = new Map([[file, openFile(file, `tag: ${JSON.stringify(current)}\n`)]]);
  const found = inspect({ update, environment: resolvedEnvironment }, files);
  if (found === 'ignored') throw new Error('the file of the test is ignored');
  return found;
}

test('what a file holds ends no cell, mentions nobody and links nothing', () => {
  const { title, description } = proposalText([inspection('api', 'a|b`@<x>#1\nc')], []);
  expect(title).toBe('deploy(api): prod a|b`@<x>#1 c → 2');
  expect(description).toContain("| `api` | `prod` | `a\\|b'@<x>#1 c` | `2` |");
});

test('real Git reads the trailers of the description and of the merge message', () => {
  const { title, description, mergeMessage } = proposalText(
    [inspection('api', '1'), inspection('web', '1')],
    ['A note.'],
  );
  for (const message of [`Merged PR 7: ${title}\n\n${description}`, mergeMessage]) {
    const { stdout } = spawnSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(parseTrailers(message).map(({ route }) => route)).toEqual(['api', 'web']);
  }
  expect(description).toContain('\n\nA note.\n\n');
});

test('limits: 400 characters of title, 4,000 of description and message', () => {
  const many = Array.from({ length: 100 }, (_, index) => inspection(`service-${index}`, '1'));
  const { title, description, mergeMessage } = proposalText(many, ['n'.repeat(5_000)]);
  expect(title).toBe('deploy: 100 image updates');
  expect(description.length).toBeLessThanOrEqual(4_000);
  expect(description).toMatch(/… and \d+ more\./);
  expect(parseTrailers(description).length).toBeGreaterThan(3);
  expect(mergeMessage.length).toBeLessThanOrEqual(4_000);
  expect(parseTrailers(mergeMessage).length).toBeGreaterThan(10);
});

test('what several routes ask of one pull request', () => {
  const prod = inspection('api', '1');
  expect(proposalOptions([prod, inspection('web', '1')])).toEqual({
    reviewers: ['a@x.example'],
    labels: ['one'],
    workItems: [],
    draft: false,
    autoComplete: true,
    mergeStrategy: 'rebase',
  });
  expect(proposalOptions([prod, inspection('web', '1', 'beta')])).toMatchObject({
    reviewers: ['a@x.example', 'b@x.example'],
    draft: true,
    autoComplete: false,
  });
  expect(proposalOptions([prod, inspection('web', '1', 'none')])).toMatchObject({ autoComplete: false });
});

test('a title that is cut still asks CI to skip the merge', () => {
  const { update, environment } = inspection('api', '1', 'skip').resolved;
  const image = { ...update.image, tag: 't'.repeat(128) };
  const long = { update: { ...update, image }, environment: { ...environment, name: 'e'.repeat(300) } };
  const { title } = proposalText([{ ...inspection('api', '1', 'skip'), resolved: long }], []);
  expect(title).toHaveLength(400);
  expect(title).toMatch(/… \[skip ci\]$/);
});

test('links lead to the build and to the source commit, and the trailer names both', () => {
  const repository = 'https://dev.azure.com/contoso/shop/_git/api';
  const build = {
    collection: 'https://dev.azure.com/contoso',
    project: 'shop',
    id: 1241,
    number: '20261120.1',
    url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=1241',
    definition: { id: 7, name: 'shop-api' },
    repository,
    sourceBranch: 'refs/heads/main',
    sourceVersion: '4f9c'.repeat(10),
    reason: 'individualCI',
    trusted: true,
  };
  const found = inspection('api', '1');
  const { description } = proposalText([{ ...found, resolved: { ...found.resolved, build } }], []);
  expect(description).toContain('| Route | Environment | From | To | Build | Source |');
  expect(description).toContain(`[1241](${build.url})`);
  expect(description).toContain(`[4f9c4f9c](${repository}/commit/${build.sourceVersion})`);
  expect(parseTrailers(description)).toMatchObject([
    { build: build.url, source: `${repository}@${build.sourceVersion}` },
  ]);
});

test('warnings of the edits are notes, and many of them leave room for the trailers', () => {
  const found = inspection('api', '1');
  const warnedBy = (warnings: readonly string[]): Inspection => ({
    ...found,
    changes: found.changes.map((change) => Object.assign({}, change, { warnings })),
  });
  const one = proposalText([warnedBy(['sidecar.tag (api.yaml:4:8) follows'])], []);
  expect(one.description).toContain('\n\n⚠ sidecar.tag (api.yaml:4:8) follows\n\n');
  expect(one.mergeMessage).toContain('\nWarning, sidecar.tag (api.yaml:4:8) follows\n');
  const many = Array.from({ length: 20 }, (_, index) => `${index} ${'w'.repeat(290)}`);
  const { description } = proposalText([warnedBy(many)], []);
  expect(description).toContain('… and 16 more notes.');
  expect(parseTrailers(description)).toHaveLength(1);
});
