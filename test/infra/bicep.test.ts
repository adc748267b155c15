import { execFile } from 'node:child_process';
import { access, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPrincipal } from '../../src/lib/net/principal.ts';
import { bicepNames } from './bicep-names.ts';
import { parseBicep, readBicep, type BicepFile, type BicepValue, type Declaration } from './read-bicep.ts';

const root = join(import.meta.dirname, '../..');
const files = new Map<string, BicepFile>();
const hasBicep = await promisify(execFile)('bicep', ['--version']).then(
  () => true,
  () => false,
);

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions, as far as they are used here. */
const bicepFunctions = new Set(
  (
    'cidrSubnet contains empty environment filter guid last loadJsonContent loadTextContent mapValues replace resourceGroup split startsWith subscription ' +
    'subscriptionResourceId take tenant toLower toObject union uniqueString'
  ).split(' '),
);

beforeAll(async () => {
  for (const name of (await readdir(join(root, 'infra'), { recursive: true })).toSorted()) {
    if (/\.bicep(?:param)?$/.test(name)) files.set(`infra/${name}`, await readBicep(join(root, 'infra', name)));
  }
});

interface Found extends Declaration {
  readonly file: string;
  readonly place: string;
}

function all(kind: Declaration['kind']): Found[] {
  return [...files]
    .flatMap(([file, { declarations }]) =>
      declarations.map((one) => ({ ...one, file, place: `${file}:${one.line} ${one.name}` })),
    )
    .filter((one) => one.kind === kind);
}

function made(type: string): Found[] {
  return all('resource').filter(({ reference, existing }) => !existing && reference.startsWith(`${type}@`));
}

/** The value at a dotted path. */
function at(value: BicepValue | undefined, path: string): BicepValue | undefined {
  return path
    .split('.')
    .reduce<BicepValue | undefined>(
      (inner, name) => (inner as Record<string, BicepValue> | null | undefined)?.[name],
      value,
    );
}

describe('every Bicep file', () => {
  test('parses', () => {
    expect(files.size).toBeGreaterThan(10);
    expect([...files].flatMap(([file, { faults }]) => faults.map((fault) => `${file}:${fault}`))).toEqual([]);
  });

  test('is refused by the parser where it is wrong', async () => {
    const { faults } = await parseBicep("resource x 'A/b@2024' = {\n  name: \n}\n");
    expect(faults).not.toEqual([]);
  });

  test.skipIf(!hasBicep)('compiles', async () => {
    const built = ['main', 'connections'].map((name) =>
      promisify(execFile)('bicep', ['build', join(root, `infra/${name}.bicep`), '--stdout']),
    );
    expect(await Promise.all(built)).toHaveLength(2);
  });

  test('describes its parameters and outputs', () => {
    const silent = [...all('parameter'), ...all('output')].filter(({ decorators }) => !decorators.get('description'));
    expect(silent.map(({ place }) => place)).toEqual([]);
  });

  test('uses what it declares, declares what it uses, and calls functions that there are', async () => {
    const problems = [...files].map(async ([file, { text }]) => {
      if (file.endsWith('.bicepparam')) return [];
      const { declared, local, used, functions } = await bicepNames(text);
      const undeclared = [...used].filter((name) => !declared.has(name) && !local.has(name));
      const exported = file.endsWith('types.bicep');
      const effects = new Set([...all('resource'), ...all('module')].map(({ name }) => name));
      const unused = [...declared].filter((name) => !used.has(name) && !effects.has(name) && !exported);
      const unknown = [...functions].filter((name) => !bicepFunctions.has(name));
      return [...undeclared, ...unused, ...unknown].map((name) => `${file}: ${name}`);
    });
    expect((await Promise.all(problems)).flat()).toEqual([]);
  });

  test('names only files that exist', async () => {
    const paths = [...files].flatMap(([file, { text }]) =>
      [...text.matchAll(/^(?:module \w+|using|import \{.*\} from) '([^']+)'|load\w+Content\('([^']+)'\)/gm)].map(
        ([, one, two]) => join(dirname(file), one ?? two ?? ''),
      ),
    );
    expect(paths.length).toBeGreaterThan(15);
    await Promise.all(paths.map((path) => access(join(root, path))));
  });

  test('takes exactly the parameters that its callers give', () => {
    const wrong = all('module').flatMap(({ file, reference, value, place }) => {
      const path = join(dirname(file), reference);
      const given = Object.keys((at(value, 'params') ?? {}) as object);
      const wanted = all('parameter').filter((parameter) => parameter.file === path);
      const unknown = given.filter((name) => !wanted.some((parameter) => parameter.name === name));
      const missing = wanted.filter((parameter) => !given.includes(parameter.name)).map(({ name }) => name);
      return [unknown.map((name) => `${place}: no ${name}`), missing.map((name) => `${place}: ${name}?`)].flat();
    });
    expect(wrong).toEqual([]);
  });

  test('reads only outputs that the module has', () => {
    const outputs = all('output');
    const wrong = all('module').flatMap(({ name, file, reference }) => {
      const path = join(dirname(file), reference);
      const read = [
        ...(files.get(file)?.text.matchAll(new RegExp(`\\b${name}(?:\\[\\w+\\])?!?\\.outputs\\.(\\w+)`, 'g')) ?? []),
      ];
      return read
        .filter(([, output]) => !outputs.some((one) => one.file === path && one.name === output))
        .map(([text]) => `${file}: ${text}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('security', () => {
  test('storage has no keys, no public blobs, and takes HTTPS with TLS 1.2 only', () => {
    const accounts = made('Microsoft.Storage/storageAccounts');
    expect(accounts).toHaveLength(1);
    expect(at(accounts[0]?.value, 'properties')).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      allowCrossTenantReplication: false,
    });
    const containers = made('Microsoft.Storage/storageAccounts/blobServices/containers');
    expect(containers.map(({ value }) => at(value, 'properties.publicAccess'))).toEqual(['None']);
  });

  test('a private network closes the public access of storage and vault, and of the app where that is chosen', () => {
    const access = (type: string) =>
      made(type).map(({ value }) => at(value, 'properties.publicNetworkAccess') as { readonly text: string });
    expect(access('Microsoft.KeyVault/vaults')).toEqual([{ text: "privateNetwork ? 'Disabled' : 'Enabled'" }]);
    expect(access('Microsoft.Web/sites')).toEqual([{ text: "isPrivate ? 'Disabled' : 'Enabled'" }]);
    // Rules without an exception but for trusted services: Event Grid delivers into the queue as one, with its own identity.
    expect(at(made('Microsoft.Storage/storageAccounts')[0]?.value, 'properties')).toMatchObject({
      publicNetworkAccess: 'Enabled',
      networkAcls: { bypass: 'AzureServices', defaultAction: { text: "privateNetwork ? 'Deny' : 'Allow'" } },
    });
    expect(
      Object.keys(at(made('Microsoft.Storage/storageAccounts')[0]?.value, 'properties.networkAcls') as object),
    ).toEqual(['bypass', 'defaultAction']);
    const [subscription] = made('Microsoft.EventGrid/systemTopics/eventSubscriptions');
    expect(at(subscription?.value, 'properties.deliveryWithResourceIdentity')).toMatchObject({
      identity: { type: 'SystemAssigned' },
      destination: { endpointType: 'StorageQueue' },
    });
    expect(at(subscription?.value, 'properties.destination')).toBeUndefined();
    const main = files.get('infra/main.bicep')?.text ?? '';
    expect(main).toContain('isPrivate: privateNetwork && privateApp');
    expect(main).toContain("module privateEndpoint 'modules/private-app.bicep' = if (privateNetwork && privateApp)");
    expect(main).toContain("appUrl: privateNetwork && privateApp ? '' : app.outputs.url");
  });

  test('purge protection is a parameter that the vault never gets as false', () => {
    const [vault] = made('Microsoft.KeyVault/vaults');
    expect(at(vault?.value, 'properties.enablePurgeProtection')).toEqual({ text: 'purgeProtection ? true : null' });
    expect(files.get('infra/main.bicep')?.text).toContain('param vaultPurgeProtection bool = false');
  });

  test('the app takes HTTPS with TLS 1.2 only, and no password', () => {
    const [app] = made('Microsoft.Web/sites');
    expect(at(app?.value, 'properties')).toMatchObject({
      httpsOnly: true,
      siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', ftpsState: 'Disabled' },
      functionAppConfig: { runtime: { name: 'node', version: '24' } },
    });
    const passwords = made('Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    expect(passwords.map(({ value }) => [at(value, 'name'), at(value, 'properties.allow')])).toEqual([
      ['scm', false],
      ['ftp', false],
    ]);
  });

  test('a path that trusts the sign-in is never excluded from it', () => {
    const signIn = made('Microsoft.Web/sites/config').find(({ value }) => at(value, 'name') === 'authsettingsV2');
    const source = files.get('infra/modules/function-app.bicep')?.text ?? '';
    expect(at(signIn?.value, 'properties.platform.enabled')).toBe(true);
    expect(at(signIn?.value, 'properties.globalValidation.excludedPaths')).toEqual({
      text: "filter(authentication!.excludedPaths, path => !startsWith(toLower(path), '/api/signed-in'))",
    });
    expect(at(signIn?.value, 'properties.login.tokenStore.enabled')).toBe(false);
    expect(source).toContain("unauthenticatedClientAction: keysSuffice ? 'AllowAnonymous' : 'Return401'");
  });

  test('logs and secrets are reached by role only', () => {
    expect(at(made('Microsoft.Insights/components')[0]?.value, 'properties.DisableLocalAuth')).toBe(true);
    expect(at(made('Microsoft.KeyVault/vaults')[0]?.value, 'properties.enableRbacAuthorization')).toBe(true);
  });

  test('no key is asked for, and no output is a secret', () => {
    const texts = [...files].filter(([, { text }]) => /listKeys|listSecrets|listAccountSas|list\w*Keys\(/i.test(text));
    expect(texts.map(([file]) => file)).toEqual([]);
    const told = all('output').filter(({ name, value }) =>
      /key(?!vault)|secret|password|token|connectionString/i.test(`${name} ${JSON.stringify(value)}`),
    );
    expect(told.map(({ place }) => place)).toEqual([]);
  });

  test('roles are the ones of these names', async () => {
    // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
    expect(JSON.parse(await readFile(join(root, 'infra/roles.json'), 'utf8'))).toEqual({
      AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
      'Container Registry Repository Reader': 'b93aa761-3e63-49ed-ac28-beffa264f7ac',
      'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
      'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
      'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb',
      'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
      'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
      'Storage Queue Data Message Sender': 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a',
      'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
    });
  });

  test('the app roles are the roles of the app', async () => {
    const appRoles = JSON.parse(await readFile(join(root, 'infra/app-roles.json'), 'utf8')) as { value: string }[];
    const principal = {
      auth_typ: 'aad',
      claims: [{ typ: 'appid', val: 'a' }, ...appRoles.map(({ value: val }) => ({ typ: 'roles', val }))],
    };
    const header = Buffer.from(JSON.stringify(principal)).toString('base64');
    expect(readPrincipal(header)?.roles).toEqual(appRoles.map(({ value }) => value));
    expect(appRoles).toHaveLength(2);
  });

  test('every role is given on one resource, never on a group or subscription', () => {
    const assignments = made('Microsoft.Authorization/roleAssignments');
    expect(assignments.length).toBeGreaterThan(5);
    expect(assignments.filter(({ value }) => at(value, 'scope') === undefined).map(({ place }) => place)).toEqual([]);
    const ids = [...files].filter(([, { text }]) => /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/.test(text));
    expect(ids.map(([file]) => file)).toEqual([]);
  });

  test('what azd deploys writes to its own resource group only, because azd down deletes every group it wrote to', () => {
    const main = all('module').filter(({ file }) => file === 'infra/main.bicep');
    expect(main.map(({ value }) => (at(value, 'scope') as { text?: string }).text)).toEqual(main.map(() => 'group'));
    const inner = all('module').filter(({ file }) => file.startsWith('infra/modules/'));
    expect(inner).toEqual([]);
  });
});
