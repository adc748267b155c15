import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { askWaiting } from '../../../src/lib/settling/ask-waiting.ts';
import { healthyAt, settlingBench } from '../../support/settling.ts';
import { commitFiles } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

async function bench() {
  const asked: string[] = [];
  const started = await settlingBench(
    { routes, files: { 'api.yaml': values('1') } },
    {},
    {
      knows: () => true,
      getApplication: (application: string) => {
        asked.push(application);
        return Promise.resolve(undefined);
      },
    },
  );
  const { settling, store, clock, events, bare, devops } = started;
  /** The minute's run, after enough time for every pause. */
  const run = async (): Promise<void> => {
    clock.minute += 6;
    await askWaiting((_level, event) => void events.push(event), { ...settling, store });
    await settling.refresher.idle();
  };
  const force = (commit: string) => git(['update-ref', 'refs/heads/main', commit], bare);
  const questions = () => devops.requests.length;
  return { ...started, asked, run, force, questions };
}

describe('a commit that was forced away', () => {
  test('ends its record, which is not asked after and costs nothing any more', async () => {
    const { deploy, run, force, tip, asked, store, events, questions, hear, clock } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    await force(first);
    await run();
    expect(await store.find(deployed)).toMatchObject({
      state: 'superseded',
      reason: `argocd/shop-dev: commit ${deployed.commit.slice(0, 10)} is no longer in the branch main`,
      commit: deployed.commit,
    });
    expect(events).toContain('forced-away');
    expect(asked).toEqual([]);
    const before = questions();
    await run();
    await run();
    expect(asked).toEqual([]);
    expect(questions()).toBe(before);
    // Its commit is not searched in the revisions of later results.
    clock.minute += 1;
    await hear(healthyAt(first, clock.minute));
    expect(questions() - before).toBeLessThanOrEqual(1);
  });

  test('ends a record that a machine with a clock an hour ahead wrote', async () => {
    const { deploy, run, force, tip, stateOf, clock } = await bench();
    const first = await tip();
    clock.minute += 60;
    const deployed = await deploy('api', '2');
    clock.minute -= 60;
    await force(first);
    await run();
    expect(await stateOf(deployed)).toBe('superseded');
  });

  test('ends its record at the next sync result too, without access to Argo CD', async () => {
    const { deploy, hear, force, tip, stateOf, clock } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    await force(first);
    clock.minute += 1;
    await hear(healthyAt(first, clock.minute));
    expect(await stateOf(deployed)).toBe('committed');
    clock.minute += 6;
    await hear(healthyAt(first, clock.minute));
    expect(await stateOf(deployed)).toBe('superseded');
  });

  test('whose value the branch holds by another commit goes on with that commit', async () => {
    const { deploy, hear, run, force, tip, bare, store, stateOf, clock } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    await force(first);
    await commitFiles(bare, { 'other.yaml': 'a: 1\n' }, 'before');
    await commitFiles(bare, { 'api.yaml': values('2') }, 'the same value, rebased');
    const rebased = await tip();
    await commitFiles(bare, { 'other.yaml': 'a: 2\n' }, 'after');
    await run();
    expect(await store.find(deployed)).toMatchObject({ state: 'committed', commit: rebased });
    await hear(healthyAt(await tip(), clock.minute));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('is healthy again if the branch gets it back and deploys it', async () => {
    const { deploy, hear, run, force, tip, stateOf, clock } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    await force(first);
    await run();
    expect(await stateOf(deployed)).toBe('superseded');
    await force(deployed.commit);
    await hear(healthyAt(deployed.commit, clock.minute));
    expect(await stateOf(deployed)).toBe('healthy');
  });
});

describe('proves nothing', () => {
  test('a commit that is in the branch', async () => {
    const { deploy, run, bare, asked, stateOf } = await bench();
    const deployed = await deploy('api', '2');
    await commitFiles(bare, { 'api.yaml': values('3') }, 'by hand');
    await run();
    expect(await stateOf(deployed)).toBe('committed');
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['an outage', { kind: 'unavailable' }],
    ['a missing permission', { kind: 'error', typeKey: 'GitNeedsPermissionException' }],
    ['a commit that the host does not have', { kind: 'error', typeKey: 'GitUnresolvableToCommitException' }],
  ] as const)('%s', async (_name, action) => {
    const { deploy, run, force, tip, stateOf, devops } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    await force(first);
    const fault = devops.faults.add({ match: { resource: 'mergeBases' }, action });
    await run();
    expect(fault.hits).toBeGreaterThan(0);
    expect(await stateOf(deployed)).toBe('committed');
    devops.faults.clear();
    await run();
    expect(await stateOf(deployed)).toBe('superseded');
  });

  test('a branch that is gone', async () => {
    const { deploy, run, bare, stateOf } = await bench();
    const deployed = await deploy('api', '2');
    await git(['update-ref', '-d', 'refs/heads/main'], bare);
    await run();
    expect(await stateOf(deployed)).toBe('committed');
  });

  test('a record that changed within 5 minutes', async () => {
    const { deploy, force, tip, stateOf, settling, store, clock } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    await force(first);
    clock.minute += 4;
    const record = await store.find(deployed);
    expect(record && (await settling.findForcedAway(record))).toBeUndefined();
    clock.minute += 1;
    expect(record && (await settling.findForcedAway(record))).toBeDefined();
    expect(await stateOf(deployed)).toBe('committed');
  });
});
