import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { orderedRollbackId } from '../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../support/delivery.ts';
import { commitFiles } from '../support/platform.ts';
import { cli } from './cli.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
`;

test('history lists the deployments of an environment from the trailers in Git, with their causes', async () => {
  const { bare, worker, update } = await deliveryBench({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const apply = worker();
  await apply(update('api', '2'));
  const three = update('api', '3');
  await apply(three);
  const cause = { kind: 'rollback', of: three.id, automatic: false, reason: 'x', from: '3' } as const;
  await apply({ ...update('api', '2'), id: orderedRollbackId('x'), cause });
  const args = ['history', '--environment', 'dev', '--checkout', bare, '--ref', 'main'];
  const { code, stdout } = await cli([...args, '--route', 'api']);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  const tip = (await git(['rev-parse', 'main'], bare)).trim();
  expect(lines).toHaveLength(3);
  expect(await git(['log', '-1', '--format=%B', 'main'], bare)).toContain(` cause=rollback of=${three.id}`);
  expect(lines[0]).toContain(`${tip.slice(0, 10)}  3 → 2  rollback of ${three.id}`);
  expect(lines[1]).toContain('2 → 3  push');
  expect(lines[2]).toContain('1 → 2  push');
  expect(await cli([...args, '--route', 'apy'])).toMatchObject({
    code: 1,
    stderr: 'No commit of main names apy in dev, did you mean `api dev`?\n',
  });
  expect((await cli(['history', '--route', 'api'])).code).toBe(2);
  const json = JSON.parse((await cli([...args, '--route', 'api', '--json'])).stdout) as unknown[];
  expect(json).toMatchObject([{ commit: tip, cause: 'rollback', of: three.id }, { id: three.id }, { previous: '1' }]);
});

test('a promotion is listed once with its source, by the commit that sets the image; a folder without Git is refused', async () => {
  const { bare } = await deliveryBench({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const trailer = `Image-Update: route=api environment=dev image=contoso.azurecr.io/api:2 previous=1 id=${'a'.repeat(32)} cause=promotion from=test:${'b'.repeat(32)}`;
  await commitFiles(bare, { 'api.yaml': 'image: { tag: "2" }\n' }, `deploy: api 2\n\n${trailer}`);
  const commit = (await git(['rev-parse', 'main'], bare)).trim();
  await commitFiles(
    bare,
    { 'api.yaml': 'image: { tag: "21" }\n' },
    `forged\n\n${trailer.replace(/id=\w+/, 'id=forged')}`,
  );
  await commitFiles(bare, { 'note.md': 'merged\n' }, `Merged PR 7\n\n${trailer}`);
  const args = ['history', '--route', 'api', '--environment', 'dev', '--checkout'];
  const { stdout } = await cli([...args, bare, '--ref', 'main']);
  expect(stdout).toContain(`${commit.slice(0, 10)}  1 → 2  promotion from test:${'b'.repeat(32)}\n`);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  const nowhere = await cli([...args, tmpdir()]);
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toMatch(/not a git repository/);
});
