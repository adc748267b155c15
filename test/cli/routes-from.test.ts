import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { git, startEmulator, token } from '../local/devops/emulator.ts';
import { addCommit } from '../support/bare-repository.ts';
import { temporaryFolder } from '../support/platform.ts';
import { cli } from './cli.ts';

const collection = 'https://dev.azure.com/contoso';
const repository = `${collection}/platform/_git/gitops`;
const from = `
- repository: ${repository}
  path: teams/{team}/routes.yaml
  allow: [{ images: ['contoso.azurecr.io/{team}/**'], repositories: ['${repository}'], paths: ['apps/{team}/**'] }]
`;

function routes(team: string, file = `apps/${team}/api.yaml`): string {
  return `routes:
  ${team}/api:
    image: contoso.azurecr.io/${team}/api
    repository: ${repository}
    update: [{ file: ${file}, helm: { tag: image.tag } }]
    environments: { dev: { delivery: commit, tags: { match: '^\\d+$', order: numeric } } }
`;
}

/** A checkout with files, cloned from a URL. */
async function checkout(files: Readonly<Record<string, string>>, url = `${collection}/platform/_git/gitops`) {
  const folder = await temporaryFolder();
  await git(folder, 'init', '--quiet');
  await git(folder, 'remote', 'add', 'origin', url);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const thief = routes('hr').replace('hr/api:', 'hr/other:').replace('io/hr/api', 'io/shop/api');

test.each([
  ['over HTTPS, with a user', 'https://contoso@dev.azure.com/contoso/platform/_git/gitops'],
  ['over SSH', 'git@ssh.dev.azure.com:v3/contoso/platform/gitops'],
])('check holds the files of a checkout %s within the `allow` of their entries', async (_name, url) => {
  const cwd = await checkout({ 'teams/shop/routes.yaml': routes('shop'), 'teams/hr/routes.yaml': thief }, url);
  const env = { ROUTES_FROM: from };
  expect(await cli(['check', 'teams/shop/routes.yaml'], { cwd, env })).toMatchObject({ code: 0 });
  const { code, stdout } = await cli(['check', 'teams/hr/routes.yaml'], { cwd, env });
  expect(code).toBe(1);
  expect(stdout).toMatch(/teams\/hr\/routes\.yaml:3:12 {2}error .*can match images outside the `allow`/);
  // Without the setting, the file has no bounds.
  expect(await cli(['check', 'teams/hr/routes.yaml'], { cwd })).toMatchObject({ code: 0 });
  const inFolder = await cli(['check', 'routes.yaml'], { cwd: join(cwd, 'teams/hr'), env });
  expect(inFolder.stdout).toContain('can match images outside the `allow`');
});

test('check names both of two documents that have the same route', async () => {
  const cwd = await checkout({
    'teams/shop/routes.yaml': routes('shop'),
    'teams/hr/routes.yaml': routes('hr').replace('hr/api:', 'shop/api:'),
  });
  const files = ['teams/hr/routes.yaml', 'teams/shop/routes.yaml'];
  const { code, stdout } = await cli(['check', ...files], { cwd, env: { ROUTES_FROM: from } });
  expect(code).toBe(1);
  expect(stdout).toContain(
    'teams/shop/routes.yaml:2:3  error  routes."shop/api": there is already a route `shop/api` at teams/hr/routes.yaml:2:3',
  );
});

test('check warns of a file that the app does not read, and not in a checkout of another repository', async () => {
  const files = { 'teams/shop.yaml': routes('shop') };
  const env = { ROUTES_FROM: from };
  const cwd = await checkout(files);
  const { code, stdout } = await cli(['check', 'teams/shop.yaml'], { cwd, env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('[source-unmatched]') });
  const other = await checkout(files, `${collection}/shop/_git/web`);
  expect((await cli(['check', 'teams/shop.yaml'], { cwd: other, env })).stdout).not.toContain('source-unmatched');
});

test('plan refuses what `allow` excludes', async () => {
  const cwd = await checkout({ 'teams/hr/routes.yaml': thief, 'apps/hr/api.yaml': 'image: { tag: "1" }\n' });
  const args = [
    'plan',
    '--routes',
    'teams/hr/routes.yaml',
    '--checkout',
    '.',
    '--image',
    'contoso.azurecr.io/shop/api:2',
  ];
  expect(await cli(args, { cwd, env: { ROUTES_FROM: from } })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('can match images outside'),
  });
  expect(await cli(args, { cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining('+image: { tag: "2" }') });
});

test('check without FILE reads the repositories, and doctor reports their documents', async () => {
  const emulator = await startEmulator();
  await addCommit(emulator.directory, {
    files: {
      'teams/shop/routes.yaml': routes('shop'),
      'teams/hr/routes.yaml': thief,
      'apps/shop/api.yaml': 'image: { tag: "1" }\n',
    },
  });
  const cwd = await temporaryFolder();
  const env = {
    AZURE_DEVOPS_PAT: token,
    LOCAL_ENDPOINTS: JSON.stringify({ [collection]: emulator.organization }),
    ROUTES_FROM: from,
    VERIFY_IMAGE: 'false',
  };
  const { code, stdout } = await cli(['check'], { cwd, env });
  expect(code).toBe(1);
  expect(stdout).toContain('shop/api  contoso.azurecr.io/shop/api');
  expect(stdout).toContain(`${repository}#main:teams/hr/routes.yaml:3:12  error`);
  expect(stdout).toContain('1 route: 2 errors');
  const doctor = await cli(['doctor'], { cwd, env });
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/^ROUTES_FROM\n {2}✗ routes .*\n.*\n {2}✗ routes .*teams\/hr\/routes\.yaml:3:12/m);
  expect(doctor.stdout).toContain('shop/api');
  const hr = await addCommit(emulator.directory, { files: { 'teams/hr/routes.yaml': undefined } });
  expect(hr).toMatch(/^[0-9a-f]{40}$/);
  expect((await cli(['doctor'], { cwd, env })).stdout).toMatch(/^ROUTES_FROM\n {2}✓ routes +1 entry read, no errors$/m);
});
