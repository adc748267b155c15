import { expect, test } from 'vitest';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { requestHeaders } from '../../../local/devops/pipeline/agentless-task.ts';
import type { AgentlessTask } from '../../../local/devops/pipeline/agentless-task.ts';
import { makeGateStore } from '../../../src/lib/gates/gate-store.ts';
import { appApi } from '../../support/app-api.ts';
import { eventually } from '../../support/eventually.ts';
import { testPlatform } from '../../support/platform.ts';
import type { TestPlatform, TestPlatformOptions } from '../../support/platform.ts';

const values = 'image:\n  tag: "1"\n';
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit }
  broken:
    image: contoso.azurecr.io/broken
    update: [{ file: cart.yaml, helm: { tag: no.such.path } }]
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit }
`;
const files = { 'cart.yaml': values, 'search.yaml': values };

async function start(options: Partial<TestPlatformOptions> = {}) {
  const platform = await testPlatform({ routes, files, ...options });
  const place = { organization: 'contoso', project: 'platform' };
  const ask = (body: object, task: Partial<AgentlessTask> = {}) =>
    platform.azureDevOps.pipeline.run(place, {
      url: `${platform.functions}/api/gates`,
      key: platform.key,
      body: JSON.stringify(body),
      ...task,
    });
  const push = async (repository: string, tag: string): Promise<void> => {
    const answer = await platform.post({
      id: crypto.randomUUID(),
      timestamp: '2026-11-20T10:00:00.000Z',
      action: 'push',
      target: { repository, tag },
      request: { host: 'contoso.azurecr.io' },
    });
    expect(answer.status).toBe(202);
  };
  return { ...platform, ask, push };
}

/** The events that the app has logged, by name. */
function logged({ lines }: Pick<TestPlatform, 'lines'>, name: string) {
  return lines.filter(({ event }) => event === name);
}

test('a gate requested before its image is pushed succeeds when the tag is committed, and its log shows the steps', async () => {
  const { ask, push, ...platform } = await start();
  const task = ask({ environment: 'dev', route: 'cart', tag: '2' });
  await expect(task.answered).resolves.toContain('202');
  await push('cart', '2');
  const outcome = await task.finished;
  expect(outcome).toMatchObject({ result: 'succeeded' });
  const text = outcome.log.join('\n');
  expect(text).toMatch(/^\d\d:\d\d:\d\d Waiting for the deployments of tag 2 in dev \(cart\), until /);
  expect(text).toMatch(/cart 2 in dev: committed at [0-9a-f]{10} on main/);
  expect(text).toMatch(/Succeeded: cart 2 in dev is committed as [0-9a-f]{40}$/);
  expect(outcome.feed.join('\n')).toContain('cart 2 in dev: committed');
  await eventually(() => expect(logged(platform, 'gate-completed')).toHaveLength(1));
  const callbacks = ['show lines', 'create a log', 'append to a log', 'change records', 'complete a task'];
  expect([...platform.contract.seen]).toEqual(expect.arrayContaining(callbacks));
});

test('a gate whose deployment has ended already is completed at once, and the same task twice is one gate', async () => {
  const { ask, push, ...platform } = await start();
  await push('cart', '2');
  await eventually(() => expect(logged(platform, 'committed')).toHaveLength(1));
  const question = { environment: 'dev', route: ['cart'], tag: '2' };
  const task = ask(question);
  const [, first] = /202: (.*)$/.exec(await task.answered) ?? [];
  const again = await fetch(`${platform.functions}/api/gates`, {
    method: 'POST',
    headers: { ...requestHeaders(task), 'x-functions-key': platform.key },
    body: JSON.stringify(question),
  });
  expect(await again.text()).toBe(first);
  await expect(task.finished).resolves.toMatchObject({ result: 'succeeded' });
});

test('a gate fails with the reason when the update is rejected', async () => {
  const { ask, push } = await start();
  const task = ask({ environment: 'dev', route: 'broken', tag: '2' });
  await task.answered;
  await push('broken', '2');
  const outcome = await task.finished;
  expect(outcome).toMatchObject({ result: 'failed' });
  expect(outcome.problem).toBeUndefined();
  expect(outcome.log.at(-1)).toMatch(/Failed: broken 2 in dev is rejected: .*no\.such\.path/);
});

test('of a file that does not parse no text is in the log of the gate, the record or the log of the app', async () => {
  const torn = `${values}password: "hunter2" x\n`;
  const { ask, push, ...platform } = await start({ files: { ...files, 'torn.yaml': torn } });
  const task = ask({ environment: 'dev', route: 'torn', tag: '2' });
  await task.answered;
  await push('torn', '2');
  const outcome = await task.finished;
  expect(outcome.log.at(-1)).toMatch(/torn\.yaml does not parse as YAML at 3:/);
  const { body } = await appApi(platform).get('deployments?route=torn');
  expect(body).toMatchObject({ deployments: [{ state: 'rejected', code: 'not-yaml' }] });
  await eventually(() => expect(JSON.stringify(platform.lines)).toContain('not-yaml'));
  expect(JSON.stringify([outcome, body, platform.lines])).not.toContain('hunter2');
});

test('a gate fails at once on a tag that is not taken, and on a push that no file has a place for', async () => {
  const { ask, push } = await start();
  const untaken = ask({ environment: 'dev', route: 'cart', tag: 'feature-1' });
  const homeless = ask({ environment: 'dev', route: 'nofile', tag: '2' });
  await homeless.answered;
  await push('nofile', '2');
  expect((await untaken.finished).log.at(-1)).toContain(
    'Failed: cart: tag feature-1 is not taken in dev: does not match',
  );
  expect((await homeless.finished).log.at(-1)).toContain(
    'Failed: nofile: tag 2 was pushed, and changed nothing in dev: the file does not exist',
  );
});

test('a gate fails after GATE_TIMEOUT and lists the missing deployments', async () => {
  const { ask } = await start({ settings: { GATE_TIMEOUT: '2s' } });
  const outcome = await ask({ environment: 'dev', route: 'cart', tag: '2' }).finished;
  expect(outcome).toMatchObject({ result: 'failed' });
  expect(outcome.log.at(-1)).toContain('Failed: no result in time: no deployment of cart has appeared');
});

test('the gate of a cancelled run ends at its first callback', async () => {
  const { ask, push, ...platform } = await start();
  const task = ask({ environment: 'dev', route: 'cart', tag: '2' });
  await task.answered;
  task.cancel();
  await push('cart', '2');
  await eventually(() => expect(logged(platform, 'gate-lost')).toHaveLength(1));
  const gates = makeGateStore(makeTableRows({ AzureWebJobsStorage: platform.storage }));
  // The gate ends after the line.
  await eventually(async () => expect(await gates.open()).toEqual([]));
  expect(logged(platform, 'gate-lost')[0]?.fields['code']).toBe('plan-ended');
});

test('a failed callback is repeated with the same result', async () => {
  const { ask, push, azureDevOps } = await start();
  const task = ask({ environment: 'dev', route: 'cart', tag: '2' });
  await task.answered;
  const fault = azureDevOps.faults.add({
    match: { method: 'POST', path: /\/plans\/[^/]+\/events/ },
    times: 1,
    action: { kind: 'drop', when: 'before' },
  });
  await push('cart', '2');
  await eventually(() => expect(fault.hits).toBe(1));
  // Another event of this route evaluates the gate before the message is delivered again.
  await push('cart', '3');
  const { result, log } = await task.finished;
  expect(result).toBe('succeeded');
  expect(log.filter((line) => line.includes('Succeeded: cart 2 in dev'))).toHaveLength(1);
});

test('the token is in no log, is encrypted in the store, and is removed when the gate has ended', async () => {
  const { ask, push, ...platform } = await start();
  const task = ask({ environment: 'dev', route: 'cart', tag: '2' });
  const { gate } = JSON.parse((await task.answered).replace(/^.*?202: /, '')) as { gate: string };
  const gates = makeGateStore(makeTableRows({ AzureWebJobsStorage: platform.storage }));
  const kept = await gates.find(gate);
  expect(kept?.token).toBeDefined();
  expect(JSON.stringify(kept)).not.toContain(task.token);
  expect(await gates.open()).toHaveLength(1);
  await push('cart', '2');
  await task.finished;
  await eventually(async () => expect((await gates.find(gate))?.ended).toBe('completed'));
  expect(await gates.find(gate)).not.toHaveProperty('token');
  expect(await gates.open()).toEqual([]);
  expect(JSON.stringify(platform.lines)).not.toContain(task.token);
});

test('refused: another collection, an unknown environment, an unknown route, a wrong function key', async () => {
  const { ask } = await start();
  const question = { environment: 'dev', route: 'cart', tag: '2' };
  const answers = await Promise.all(
    [
      ask(question, { headers: { PlanUrl: 'https://dev.azure.com/fabrikam/' } }),
      ask(question, { headers: { PlanUrl: 'https://attacker.example/contoso/' } }),
      ask({ ...question, environment: 'prod' }),
      ask({ ...question, route: 'shop/none' }),
      ask(question, { key: 'wrong' }),
    ].map(async ({ finished }) => {
      const { result, problem = '' } = await finished;
      return `${result} ${/answered (\d+)/.exec(problem)?.[1]} ${/"field":"([^"]+)"/.exec(problem)?.[1]}`;
    }),
  );
  expect(answers).toEqual([
    'failed 400 header planurl',
    'failed 400 header planurl',
    'failed 400 environment',
    'failed 400 route',
    'failed 401 undefined',
  ]);
});

test('without GATE_TOKEN_KEY gates are refused, and health reports it', async () => {
  const { ask, ...platform } = await start({ settings: { GATE_TOKEN_KEY: '' } });
  const { problem } = await ask({ environment: 'dev', route: 'cart', tag: '2' }).finished;
  expect(problem).toMatch(/503.*GATE_TOKEN_KEY/);
  const health = await fetch(`${platform.functions}/api/health/details`, {
    headers: { 'x-functions-key': platform.key },
  });
  expect(await health.json()).toMatchObject({
    problems: expect.arrayContaining([expect.objectContaining({ code: 'gates-closed' })]),
  });
});

test('keyless, a caller without a token of Entra ID is refused despite the function key', async () => {
  const { ask } = await start({
    settings: {
      GATE_TENANT: '11111111-2222-4333-8444-555555555555',
      GATE_AUDIENCE: 'api://tagrelay',
      GATE_APPLICATIONS: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    },
  });
  const { problem } = await ask(
    { environment: 'dev', route: 'cart', tag: '2' },
    { headers: { Authorization: 'Bearer e30.e30.e30' } },
  ).finished;
  expect(problem).toMatch(/answered 401/);
});
