import { expect, test } from 'vitest';
import type { MissedPush } from '../../../src/lib/deployments/missed-pushes.ts';
import { decideGate, quietMs } from '../../../src/lib/gates/decide-gate.ts';
import { findSeen } from '../../../src/lib/gates/find-seen.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { seenLines } from '../../../src/lib/gates/gate-lines.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { deploymentOf, endsAt, newGate, openedAt } from '../../support/gate.ts';

const { table } = loadRoutes(
  [
    {
      setting: 'ROUTES',
      text: `
routes:
  '{service}':
    image: fabrikam.azurecr.io/{service}
    repository: https://dev.azure.com/fabrikam/platform/_git/gitops
    update: [{ file: '{environment}/{service}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { delivery: commit, tags: { match: '^main-(\\d+)$', order: numeric }, application: 'argocd/{service}' }
      prod: { promoteFrom: dev, delivery: commit, application: 'argocd/{service}-prod' }
`,
    },
  ],
  { azureDevOpsCollections: [], registries: [] },
);
const routes = () => (table ? Promise.resolve(table) : Promise.reject(new Error('the routes of the test do not load')));

const opened = Date.parse(openedAt);
const at = (seconds: number): string => new Date(opened + seconds * 1000).toISOString();

const push = (of: Partial<MissedPush>): MissedPush => ({
  kind: 'not-taken',
  image: 'fabrikam.azurecr.io/api',
  tag: 'feature-1',
  route: 'api',
  environment: 'dev',
  reason: 'does not match',
  at: at(-30),
  seenAt: at(-20),
  ...of,
});
const noFile = push({ kind: 'ignored', tag: 'main-7', reason: 'the file does not exist' });

const byTag = (tag: string, more: Partial<Gate['question']> = {}) =>
  newGate({ routes: ['api'], selector: { kind: 'tag', tag }, ...more });

/** What a gate decides without a deployment, and its log. */
async function decide(gate: Gate, pushes: readonly MissedPush[], seconds = 1, hasImage = true) {
  const list = async ({ image }: { readonly image?: string }) =>
    pushes.filter((one) => image === undefined || one.image === image);
  const seen = await findSeen(gate, [], { routes, missed: { list }, hasRecord: () => Promise.resolve(hasImage) });
  const now = opened + seconds * 1000;
  return { ...decideGate(gate, [], now, seen), lines: seenLines(gate, seen, new Date(now)).lines };
}

const refuse = () => Promise.reject(new Error('not read'));

const waits = { kind: 'waits', until: Date.parse(endsAt) };
const fails = { kind: 'decided', succeeded: false };

test('a tag that the routes do not take ends the gate at once, with or without its push', async () => {
  const refusal = 'not taken in dev: does not match `tags.match` ^main-(\\d+)$';
  expect(await decide(byTag('feature-1'), [push({})])).toMatchObject({
    ...fails,
    text: `api: tag feature-1 was pushed, and is ${refusal}`,
  });
  expect(await decide(byTag('feature-1'), [])).toMatchObject({ ...fails, text: `api: tag feature-1 is ${refusal}` });
});

test('a tag that was refused and is taken by the routes in force is waited for', async () => {
  const { lines, ...decision } = await decide(byTag('main-7'), [push({ tag: 'main-7' })]);
  expect(decision).toEqual(waits);
  expect(lines).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d api: tag main-7 was pushed, and is not taken in dev: /),
  ]);
});

test('a tag that comes by promotion is waited for', async () => {
  expect(await decide(byTag('feature-1', { environment: 'prod' }), [])).toMatchObject(waits);
});

test('a push that no file has a place for ends the gate at once', async () => {
  expect(await decide(byTag('main-7'), [noFile])).toMatchObject({
    ...fails,
    text: 'api: tag main-7 was pushed, and changed nothing in dev: the file does not exist',
  });
});

test('a delivery from before the gate counts after 60 s, that of a moving tag never', async () => {
  const earlier = { ...noFile, seenAt: at(-3_600) };
  expect(await decide(byTag('main-7'), [earlier])).toMatchObject({ kind: 'waits', until: opened + 60_000 });
  expect(await decide(byTag('main-7'), [earlier], 60)).toMatchObject(fails);
});

test.each<[string, Partial<Gate['question']>, readonly MissedPush[]]>([
  ['another tag', { selector: { kind: 'tag', tag: 'main-8' } }, [noFile, push({})]],
  ['another route', { routes: ['web'], selector: { kind: 'tag', tag: 'main-7' } }, [noFile]],
  ['another environment', { selector: { kind: 'tag', tag: 'main-7' } }, [{ ...noFile, environment: 'test' }]],
  ['a build, whose tag is unknown', { selector: { kind: 'build', build: 1 } }, [noFile, push({})]],
  ['a glob, which other routes can satisfy', { routes: ['a*'], selector: { kind: 'tag', tag: 'main-7' } }, [push({})]],
  ['a count, which other routes can satisfy', { count: 1, selector: { kind: 'tag', tag: 'main-7' } }, [noFile]],
])('it goes on waiting after the push of %s', async (_, question, pushes) => {
  expect(await decide(newGate({ routes: ['api'], ...question }), pushes)).toMatchObject(waits);
});

test('the log has the pushes of the last hour, each once, and pushes of the tag that no route has', async () => {
  const gate = newGate({ routes: ['api'], selector: { kind: 'build', build: 1 } });
  const old = push({ image: 'fabrikam.azurecr.io/api', environment: 'dev', at: at(-3_700) });
  expect((await decide(gate, [push({})])).lines).toHaveLength(1);
  expect((await decide(gate, [old])).lines).toEqual([]);
  const {
    route: _,
    environment: _1,
    ...lost
  } = push({ kind: 'no-route', image: 'fabrikam.azurecr.io/apii', tag: 'main-7' });
  const unrouted = { ...lost, reason: 'no route has this image', nearest: 'fabrikam.azurecr.io/api' };
  expect((await decide(byTag('main-7'), [unrouted])).lines).toEqual([
    expect.stringContaining('fabrikam.azurecr.io/apii:main-7 was pushed, and no route has this image; nearest: '),
  ]);
  const seen = [{ text: 'once' }];
  const first = seenLines(gate, seen, new Date(opened));
  expect(first.lines).toHaveLength(1);
  expect(seenLines({ ...gate, reported: first.reported }, seen, new Date(opened)).lines).toEqual([]);
});

test('an image without any push is named, as the name of its route can have a typo; its first push is waited for', async () => {
  const { lines, ...decision } = await decide(byTag('main-7'), [], 1, false);
  expect(decision).toEqual(waits);
  expect(lines).toEqual([expect.stringContaining('api: no push of fabrikam.azurecr.io/api is known so far')]);
  expect((await decide(byTag('main-7'), [], 1)).lines).toEqual([]);
});

test('a route that left the routes ends the gate 60 s after it was opened, when every instance has read the routes again', async () => {
  const gate = byTag('main-7', { routes: ['shop/api'] });
  const { lines, ...decision } = await decide(gate, []);
  expect(decision).toEqual({ kind: 'waits', until: opened + quietMs });
  expect(lines).toEqual([expect.stringContaining('shop/api: the routes in force have no route of this name')]);
  expect(await decide(gate, [], quietMs / 1000)).toMatchObject({
    ...fails,
    text: 'shop/api: the routes in force have no route of this name',
  });
});

test('nothing is read once each named route has a deployment', async () => {
  const deployment = deploymentOf('api', 'syncing');
  const seen = await findSeen(byTag('7'), [{ deployment, hasApplication: true }], {
    routes: refuse,
    missed: { list: refuse },
    hasRecord: refuse,
  });
  expect(seen).toEqual([]);
});

test('routes that cannot be read are a line of the log, and keep no gate from its end', async () => {
  const seen = await findSeen(byTag('main-7'), [], {
    routes: () => Promise.reject(new Failure('routes-invalid', 'ROUTES has errors')),
    missed: { list: () => Promise.resolve([]) },
    hasRecord: refuse,
  });
  expect(seen).toEqual([{ text: 'ROUTES has errors' }]);
});
