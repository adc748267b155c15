import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { buildApp } from '../../tools/build.ts';
import { AppRegistry } from '../../local/host/app-registry.ts';
import type { RegisteredFunction } from '../../local/host/app-registry.ts';
import { groupOf } from '../../local/host/function-group.ts';
import { loadApp } from '../../local/host/load-app.ts';
import { triggerOf } from '../../local/host/trigger-binding.ts';
import { commandProblem } from '../docs/check-command.ts';
import { shellCommands } from '../docs/shell.ts';
import { makePackage } from '../../tools/package.ts';
import { queueNames } from '../../src/lib/storage/queues.ts';
import { thirdPartyLicenses } from '../../tools/licenses.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
let folder: string;
let inputs: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tagrelay-deployed-'));
  inputs = await buildApp(join(folder, 'dist'));
  await makePackage(join(folder, 'package'), join(folder, 'dist'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function text(name: string): Promise<string> {
  return readFile(join(root, name), 'utf8');
}

/** The functions of the packaged app. */
async function functions(): Promise<readonly RegisteredFunction[]> {
  const registry = new AppRegistry('4.0.0', () => undefined);
  await loadApp(join(folder, 'package'), registry);
  return registry.functions;
}

/** The queues that the packaged app listens to. */
async function listened(): Promise<string[]> {
  return (await functions()).flatMap(({ metadata: { bindings } }) =>
    Object.values(bindings).flatMap((binding) =>
      binding.type === 'queueTrigger' ? [String((binding as { queueName?: unknown }).queueName)] : [],
    ),
  );
}

describe('the package', () => {
  test('holds the app, its licenses, and nothing else', async () => {
    expect((await readdir(join(folder, 'package'))).toSorted()).toEqual([
      '.funcignore',
      'LICENSE',
      'THIRD_PARTY_LICENSES',
      'dist',
      'host.json',
      'package.json',
    ]);
    const dist = await readdir(join(folder, 'package', 'dist'));
    expect(dist).toContain('main.js');
    expect(dist.filter((name) => name.startsWith('cli'))).toEqual([]);
  });

  test('gives nobody anything to install or to build', async () => {
    const manifest = JSON.parse(await readFile(join(folder, 'package', 'package.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ main: 'dist/main.js' });
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['scripts']));
    expect(manifest).not.toHaveProperty('dependencies');
  });

  test('is what azd deploys', async () => {
    const azure = parse(await text('azure.yaml')) as Record<string, Record<string, Record<string, unknown>>>;
    expect(azure['services']?.['app']).toEqual({
      project: 'dist/package',
      language: 'js',
      host: 'function',
      remoteBuild: false,
    });
    // https://github.com/Azure/azure-dev/pull/6748
    expect(azure['requiredVersions']).toEqual({ azd: '>= 1.23.5' });
    // azd refuses `remoteBuild: false` beside a .funcignore that keeps node_modules away.
    const ignored = (await readFile(join(folder, 'package', '.funcignore'), 'utf8'))
      .split('\n')
      .filter((line) => !/^(?:#|$)/.test(line));
    expect(ignored).toEqual(['.funcignore']);
  });
});

test('the hooks of azd and the steps of the image call what there is', async () => {
  const { hooks } = parse(await text('azure.yaml')) as { hooks: Record<string, Record<string, { run: string }>> };
  const steps = (await text('Dockerfile')).split('\n').flatMap((line) => /^RUN (.*)$/.exec(line)?.[1] ?? []);
  const lines = [
    ...Object.values(hooks).flatMap((shells) => Object.values(shells).map(({ run: line }) => line)),
    ...steps,
  ];
  expect(lines.length).toBeGreaterThan(6);
  expect(lines.flatMap(shellCommands).flatMap(({ words }) => commandProblem(words) ?? [])).toEqual([]);
});

test('the licenses of everything that is bundled are told', async () => {
  expect(await text('THIRD_PARTY_LICENSES'), 'npm run generate').toBe(await thirdPartyLicenses(inputs));
});

test('the queues of the app, and no other, exist before Event Grid and KEDA ask for them', async () => {
  const queues = JSON.parse(await text('infra/queues.json')) as string[];
  const needed = new Set([...Object.values(queueNames), ...(await listened())]);
  expect(queues.toSorted()).toEqual([...needed].toSorted());
  const storage = await text('infra/modules/storage.bicep');
  expect(storage).toContain("var queues = loadJsonContent('../queues.json')");
  expect(storage.match(/queueServices\/queues@/g)).toHaveLength(1);
});

test('an instance that is always ready runs functions that the app has', async () => {
  const bicep = await text('infra/modules/function-app.bicep');
  const [, list = ''] = /alwaysReady: union\(([^()]+)\)/.exec(bicep) ?? [];
  const named = Array.from(list.matchAll(/name: '([^']+)'/g), ([, name]) => name);
  const groups = (await functions()).map((one) => groupOf({ name: one.metadata.name, trigger: triggerOf(one).kind }));
  expect(named).toEqual(['http', 'function:work']);
  expect(named.filter((name) => !groups.some((group) => group === name))).toEqual([]);
});

describe('on Kubernetes', () => {
  test('KEDA watches the queues that the app listens to, and no other', async () => {
    const { spec } = parse(await text('infra/keda/scaled-object.yaml')) as {
      spec: { minReplicaCount: number; triggers: { type: string; metadata: { queueName: string } }[] };
    };
    const watched = spec.triggers.map(({ metadata }) => metadata.queueName);
    const queues = await listened();
    expect(queues).toContain('work');
    expect(watched.toSorted()).toEqual(queues.toSorted());
    expect(new Set(spec.triggers.map(({ type }) => type))).toEqual(new Set(['azure-queue']));
    expect(spec.minReplicaCount).toBeGreaterThan(0);
  });

  test('the manifests are YAML and belong together', async () => {
    const documents = parseAllDocuments(await text('infra/keda/deployment.yaml'));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const kinds = documents.map((document) => {
      const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } };
      return `${kind} ${metadata.name}`;
    });
    expect(kinds).toEqual([
      'ServiceAccount tagrelay',
      'Deployment tagrelay',
      'Service tagrelay',
      'TriggerAuthentication tagrelay',
    ]);
  });
});

describe('the container image', () => {
  test('is built from the lock file, holds the package only, and does not run as root', async () => {
    const lines = (await text('Dockerfile')).replaceAll('\\\n', ' ').split('\n');
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    expect(lines).toContain('RUN npm ci');
    expect(last.filter((line) => /^(?:COPY|ADD) /.test(line))).toEqual([
      'COPY --from=build /build/dist/package /home/site/wwwroot',
    ]);
    expect(last.find((line) => line.startsWith('USER '))).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
    expect(last.join('\n')).toContain('ASPNETCORE_URLS=http://+:8080');
    expect(
      lines.filter((line) => line !== '' && !/^(?:# |ARG|FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|CMD)/.test(line)),
    ).toEqual([]);
  });

  test('gets every file that the build reads', async () => {
    const lines = (await text('.dockerignore')).split('\n');
    expect(lines).toContain('*');
    const needed = [
      'tools/',
      'package.json',
      'tsconfig.json',
      'package-lock.json',
      '.npmrc',
      'host.json',
      'LICENSE',
      'THIRD_PARTY_LICENSES',
      'src/',
    ];
    expect(needed.filter((name) => !lines.includes(`!${name}`))).toEqual([]);
  });
});

test('the bill of materials names what is deployed', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: { name: string }[] };
  expect(bomFormat).toBe('CycloneDX');
  const names = components.map(({ name }) => name);
  expect(names).toContain('zod');
  expect(names).not.toContain('vitest');
});
