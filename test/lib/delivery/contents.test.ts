import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFindChanges } from '../../../src/lib/azure-devops/build-changes.ts';
import { contentsText } from '../../../src/lib/delivery/plan/contents-text.ts';
import { makeReadContents } from '../../../src/lib/delivery/read-contents.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { KnownBuild } from '../../../src/lib/model/image-origin.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { azureBench } from '../../support/pull-requests/bench.ts';

const source = 'https://dev.azure.com/contoso/platform/_git/shop';

function buildOf(id: number, more: Partial<KnownBuild> = {}): KnownBuild {
  return {
    collection: 'https://dev.azure.com/contoso',
    project: 'platform',
    id,
    number: `20261120.${id}`,
    url: `https://dev.azure.com/contoso/platform/_build/results?buildId=${id}`,
    definition: { id: 4, name: 'shop-ci' },
    repository: source,
    sourceBranch: 'refs/heads/main',
    sourceVersion: String(id).padStart(40, '0'),
    reason: 'individualCI',
    trusted: true,
    ...more,
  };
}
const [from, to] = [buildOf(1), buildOf(2)];
const commit = (number: number, message = `Change ${number}`) => ({
  id: number.toString(16).padStart(40, 'a'),
  message,
});
const commits = (count: number) => Array.from({ length: count }, (_, index) => commit(index));

describe('the text of what is in an update', () => {
  test('has each commit with a link, and both builds', () => {
    const text = contentsText({ from, to, changes: [commit(1, 'Fix the cart\n\nBecause.'), commit(2)] }, 2_000);
    expect(text.split('\n')).toEqual([
      '**2 commits** from [`20261120.1`](https://dev.azure.com/contoso/platform/_build/results?buildId=1) to [`20261120.2`](https://dev.azure.com/contoso/platform/_build/results?buildId=2) ([compare](https://dev.azure.com/contoso/platform/_git/shop/branchCompare?baseVersion=GC0000000000000000000000000000000000000001&targetVersion=GC0000000000000000000000000000000000000002)):',
      '',
      `- [\`aaaaaaaa\`](${source}/commit/${'a'.repeat(39)}1) \`Fix the cart\``,
      `- [\`aaaaaaaa\`](${source}/commit/${'a'.repeat(39)}2) \`Change 2\``,
    ]);
  });

  test.each([
    [20, 20, undefined],
    [23, 20, '- and 3 more'],
    [101, 20, '- and more than 80 more'],
  ])('of %i commits it lists %i', (count, listed, more) => {
    const lines = contentsText({ from, to, changes: commits(count) }, 10_000)
      .split('\n')
      .slice(2);
    expect(lines.filter((line) => line.startsWith('- ['))).toHaveLength(listed);
    expect(lines[listed]).toBe(more);
  });

  test.each([
    ['an unknown present build', { to }, 'The build of the present image is unknown'],
    ['commits that could not be read', { from, to }, 'could not be read'],
    ['a rebuild', { from, to, changes: [] }, 'No commits from'],
  ])('of %s it says so', (_name, contents, text) => {
    expect(contentsText(contents, 2_000)).toContain(text);
  });

  test('on GitHub it links the comparison there', () => {
    const repository = 'https://github.com/contoso/shop';
    const changes = [commit(1)];
    const text = contentsText({ from, to: { ...to, repository }, changes }, 2_000);
    expect(text).toContain(`([compare](${repository}/compare/${from.sourceVersion}...${to.sourceVersion}))`);
  });

  test('texts of other people stay code: no link, mention, HTML, trailer or line of their own', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.constantFrom(
        '`](https://evil.example) @kim <img src=x>',
        '@kim fixes #12',
        '``` a',
        'Image-Update: x\r\nid=1',
        '\\',
      ),
    );
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 30 }), hostile, fc.nat(3_000), (messages, number, longest) => {
        const changes = messages.map((message, index) => commit(index, message));
        const text = contentsText({ from: { ...from, number }, to, changes }, longest);
        expect(text.length).toBeLessThanOrEqual(longest);
        const [, , ...lines] = text.split('\n');
        for (const line of lines) {
          expect(line).toMatch(/^- (?:\[`a{8}`\]\(https:\/\/[^\s()`]+\)(?: `[^`]+`)?|and (?:more than )?\d+ more)$/);
        }
        const [head = ''] = text.split('\n');
        expect(head.replaceAll(/`[^`]*`/g, '')).not.toMatch(/[@<]|evil/);
      }),
    );
  });
});

async function bench() {
  const world = await azureBench();
  const { store, connectionString: _, rows, devops, connections, worker } = world;
  const repository = { id: crypto.randomUUID(), type: 'TfsGit', name: 'shop', url: source } as const;
  const start = (id: number, ...changes: ReturnType<typeof commit>[]) =>
    devops.builds.start({
      id,
      organization: 'contoso',
      project: 'platform',
      definition: { id: 4, name: 'shop-ci' },
      repository,
      sourceVersion: buildOf(id).sourceVersion,
      changes,
    });
  const record = async (update: TagUpdate, build: KnownBuild | undefined, isCommitted: boolean) => {
    const begun = { ...queued(update, world.repository, new Date()), ...(build && { build }) };
    const details = { commit: 'c'.repeat(40) };
    await store.update(update, () => (isCommitted ? moveTo(begun, 'committed', details, new Date()) : begun));
  };
  const events: string[] = [];
  const readContents = makeReadContents({
    index: makeDeploymentIndex(rows),
    findChanges: makeFindChanges(connections),
    log: (_level, event) => events.push(event),
  });
  const describeOf = async (update: TagUpdate) => {
    expect(await worker({ readContents })(update)).toMatchObject({ kind: 'pull-request', number: 1 });
    return (await world.get(1)).description;
  };
  return { ...world, start, record, events, describeOf };
}

describe('a pull request on Azure Repos', () => {
  test('lists the source commits between the tag of the target and the new one', async () => {
    const { start, record, update, describeOf } = await bench();
    start(1, commit(1));
    start(2, commit(2));
    start(3, commit(4, 'Fix @kim <b>'), commit(3));
    await record(update('app/api', '1'), buildOf(1), true);
    await record(update('app/api', '3'), buildOf(3), false);
    const description = await describeOf(update('app/api', '3'));
    expect(description).toContain('**3 commits** from [`20261120.1`](');
    expect(description).toContain(' `Fix @kim <b>`\n- [`aaaaaaaa`](');
    expect(description.split('\n\n').at(-1)).toMatch(/^Image-Update: /);
  });

  test('says so if the build of the present image is unknown', async () => {
    const { start, record, update, describeOf } = await bench();
    start(3);
    await record(update('app/api', '1'), undefined, true);
    await record(update('app/api', '3'), buildOf(3), false);
    expect(await describeOf(update('app/api', '3'))).toContain('The build of the present image is unknown');
  });

  test('does not wait for Azure Pipelines', async () => {
    const { start, record, update, describeOf, devops, events } = await bench();
    start(1);
    start(3, commit(3));
    await record(update('app/api', '1'), buildOf(1), true);
    await record(update('app/api', '3'), buildOf(3), false);
    devops.faults.add({ match: { resource: 'changes' }, action: { kind: 'permission-denied' } });
    expect(await describeOf(update('app/api', '3'))).toContain('could not be read');
    expect(events).toEqual(['contents-not-read']);
  });

  test.each([
    ['of another pipeline', { definition: { id: 5, name: 'other' } }],
    ['that retention has removed', {}],
  ])('with a build %s says that they could not be read', async (_name, more) => {
    const { start, record, update, describeOf, events } = await bench();
    start(3, commit(3));
    await record(update('app/api', '1'), buildOf(1, more), true);
    await record(update('app/api', '3'), buildOf(3), false);
    expect(await describeOf(update('app/api', '3'))).toContain('could not be read');
    expect(events).toEqual([]);
  });
});
