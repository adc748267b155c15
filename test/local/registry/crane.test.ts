import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeAsker, startStandIn } from '../../support/registry.ts';

const run = promisify(execFile);
const repository = 'shop/api';
const user = { name: 'ann', password: 'secret' };

/** crane, of go-containerregistry, is a client that many pipelines push with. */
function hasCrane(): boolean {
  try {
    execFileSync('crane', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function start() {
  const standIn = await startStandIn({ users: { [user.name]: user.password } });
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-crane-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const registry = new URL(standIn.url).host;
  const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [registry]: { auth } } }));
  const env = { ...process.env, DOCKER_CONFIG: directory };
  const crane = async (...args: string[]): Promise<string> =>
    (await run('crane', args, { env, cwd: directory })).stdout.trim();
  const asker = makeAsker({ registries: [registry], registryCredentials: new Map([[registry, { user }]]) });
  return { standIn, directory, registry, crane, asker, image: `${registry}/${repository}` };
}

describe.skipIf(!hasCrane())('crane', () => {
  test('pushes an image, which is looked up and read', async () => {
    const { directory, crane, image, registry, asker } = await start();
    await writeFile(join(directory, 'app'), 'hello\n');
    await run('tar', ['-cf', 'layer.tar', 'app'], { cwd: directory });
    await crane('append', '--oci-empty-base', '-f', 'layer.tar', '-t', `${image}:plain`);
    const label = 'org.opencontainers.image.revision=4f9c';
    await crane('mutate', `${image}:plain`, '--label', label, '-t', `${image}:1.0.0`);
    const digest = await crane('digest', `${image}:1.0.0`);
    expect(await asker.registry.lookUp({ registry, repository, tag: '1.0.0' })).toEqual({ digest });
    expect(await asker.registry.inspect({ registry, repository, tag: '1.0.0' })).toMatchObject({
      kind: 'image',
      digest,
      labels: { 'org.opencontainers.image.revision': '4f9c' },
    });
    expect((await crane('ls', image)).split('\n').sort()).toEqual(['1.0.0', 'plain']);
    await crane('tag', `${image}:plain`, '1.0.0');
    expect(await asker.registry.lookUp({ registry, repository, tag: '1.0.0' })).not.toEqual({ digest });
  });

  test('takes the images and indexes of the helpers for its own', async () => {
    const { standIn, crane, image } = await start();
    const labels = { team: 'shop' };
    const digest = standIn.pushImage({ repository, tag: '2.0.0', labels, multiArch: true });
    expect(await crane('digest', `${image}:2.0.0`)).toBe(digest);
    // Not the index: crane takes the attestations that BuildKit puts into one for broken images.
    standIn.pushImage({ repository, tag: 'single', labels });
    await crane('validate', '--remote', `${image}:single`);
    expect(JSON.parse(await crane('config', `${image}:2.0.0`))).toMatchObject({ config: { Labels: labels } });
    await crane('copy', `${image}:2.0.0`, `${image}-copy:2.0.0`);
    expect(await crane('digest', `${image}-copy:2.0.0`)).toBe(digest);
    expect(await crane('export', '--platform', 'linux/arm64', `${image}:2.0.0`, '-')).toContain('hello on arm64');
  });
});
