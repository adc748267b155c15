import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pushByHttp } from '../../../local/registry/client.ts';
import type { PushEvent } from '../../../local/registry/events.ts';
import { parseAcrEvent } from '../../../src/lib/intake/acr-webhook.ts';
import { temporaryFolder } from '../../support/platform.ts';
import { startStandIn } from '../../support/registry.ts';

const user = { name: 'ann', password: 'secret' };
const repository = 'shop/api';

test('what a registry with a directory was given is there after another start', async () => {
  const directory = await temporaryFolder();
  const first = await startStandIn({ directory });
  const digest = await pushByHttp({ url: first.url, user }, { repository, tag: '1', labels: { team: 'shop' } });
  first.pushImage({ repository, tag: '2', content: 'more', multiArch: true });
  first.deleteTag(repository, '2');
  await first.close();

  const { url } = await startStandIn({ directory });
  const get = async (path: string): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { authorization: `Basic ${btoa('ann:secret')}` } });
  expect(await (await get('/v2/shop/api/tags/list')).json()).toEqual({ name: repository, tags: ['1'] });
  const manifest = await get('/v2/shop/api/manifests/1');
  expect(manifest.headers.get('docker-content-digest')).toBe(digest);
  const { config } = (await manifest.json()) as { config: { digest: string } };
  expect(await (await get(`/v2/shop/api/blobs/${config.digest}`)).json()).toMatchObject({
    config: { Labels: { team: 'shop' } },
  });
  expect((await readdir(join(directory, 'content'))).some((name) => name.endsWith('.new'))).toBe(false);
});

test('every manifest that arrives is told of in the shape of the webhook of Azure Container Registry', async () => {
  const events: PushEvent[] = [];
  const standIn = await startStandIn({ onPush: (event) => events.push(event) });
  const digest = await pushByHttp({ url: standIn.url, user }, { repository, tag: '1' });
  standIn.pushImage({ repository, tag: '2', multiArch: true });
  const parsed = events.map((event) => parseAcrEvent(event, new Date()));
  expect(parsed[0]).toMatchObject({
    kind: 'image-pushed',
    image: { registry: 'contoso.azurecr.io', repository, tag: '1', digest },
  });
  // The images and attestations of an index come by digest, the index last.
  expect(parsed.slice(1, -1).every((event) => event.kind === 'ignored' && event.reason === 'untagged')).toBe(true);
  expect(parsed.at(-1)).toMatchObject({ kind: 'image-pushed', image: { tag: '2' } });
  expect(events[0]?.request).toMatchObject({ method: 'PUT', useragent: 'tagrelay-demo' });
});
