import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');

interface Step {
  readonly run?: string;
  readonly bash?: string;
  readonly uses?: string;
}

async function read<T>(name: string): Promise<T> {
  return parse(await readFile(join(root, name), 'utf8')) as T;
}

async function stepsOf(name: string): Promise<Step[]> {
  const { jobs } = await read<{ jobs: Record<string, { steps: Step[] }> | { steps: Step[] }[] }>(name);
  return Object.values(jobs).flatMap(({ steps }) => steps);
}

describe.each(['.github/workflows/ci.yml', 'azure-pipelines.yml'])('%s', (name) => {
  test('runs what every change has to pass', async () => {
    const commands = (await stepsOf(name)).flatMap(({ run, bash }) => run ?? bash ?? []);
    expect(commands).toContain('.ci/run');
    expect((await stat(join(root, '.ci/run'))).mode & 0o111).not.toBe(0);
  });

  test('calls scripts that there are', async () => {
    const text = (await stepsOf(name)).map(({ run, bash }) => run ?? bash ?? '').join('\n');
    const scripts = [...text.matchAll(/npm run (?:--\w+ )*(\w+)/g)].map(([, script = '']) => script);
    expect(scripts).toEqual(expect.arrayContaining(['package', 'sbom']));
    expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });
});

test('the workflow may read, and nothing else', async () => {
  const { permissions } = await read<{ permissions: unknown }>('.github/workflows/ci.yml');
  expect(permissions).toEqual({ contents: 'read' });
});

test('every dependency is pinned, and the lock file names no registry', async () => {
  const versions = Object.values({ ...packageJson.dependencies, ...packageJson.devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  const lock = await read<{ packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }> }>(
    'package-lock.json',
  );
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(packages.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
});

test('updates respect the oldest Node that is supported', async () => {
  const renovate = JSON.parse(await readFile(join(root, 'renovate.json'), 'utf8')) as {
    constraints: { node: string };
    constraintsFiltering: string;
  };
  expect(renovate.constraints.node).toBe(packageJson.engines.node);
  expect(renovate.constraintsFiltering).toBe('strict');
});
