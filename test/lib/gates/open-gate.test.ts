import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { HttpHandler } from '@azure/functions';
import { makeGates } from '../../../src/functions/gates.ts';
import type { GatesDeps } from '../../../src/functions/gates.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { makeGateStore } from '../../../src/lib/gates/gate-store.ts';
import { openGate } from '../../../src/lib/gates/open-gate.ts';
import { makeTokenCipher } from '../../../src/lib/gates/token-cipher.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import type { Job } from '../../../src/lib/work/envelope.ts';
import { sendDue } from '../../../src/lib/work/send-due.ts';
import { eventually } from '../../support/eventually.ts';
import { sharedTable } from '../../support/shared-storage.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';

const { table } = loadRoutes(
  [
    {
      setting: 'ROUTES',
      text: `
routes:
  web:
    image: fabrikam.azurecr.io/web
    repository: https://dev.azure.com/fabrikam/platform/_git/gitops
    update: [{ file: web.yaml, helm: { tag: image.tag } }]
    environments: { dev: { delivery: commit } }
  api:
    image: fabrikam.azurecr.io/api
    repository: https://dev.azure.com/fabrikam/platform/_git/gitops
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: { prod: { delivery: commit } }
  here:
    image: fabrikam.azurecr.io/here
    repository: http://127.0.0.1:9999/there/platform/_git/gitops
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: { prod: { delivery: commit } }
`,
    },
  ],
  { azureDevOpsCollections: [], registries: [] },
);

const guid = '7f1d5c3e-1111-4222-8333-444455556666';
const headers = {
  planurl: 'https://dev.azure.com/fabrikam/',
  projectid: guid,
  hubname: 'build',
  planid: guid,
  jobid: guid,
  timelineid: guid,
  taskinstanceid: guid,
  authtoken: 'token',
};

function makeDeps(steps: string[] = []): GatesDeps {
  return {
    gates: {
      find: () => Promise.resolve(undefined),
      update: (_id, change) => {
        steps.push('kept');
        return Promise.resolve(change(undefined));
      },
      open: () => Promise.resolve([]),
    },
    cipher: makeTokenCipher([randomBytes(32)]),
    start: (_job, { afterMs = 0 } = {}) => {
      // Azure DevOps has to have its answer before the callback.
      expect(afterMs).toBeGreaterThanOrEqual(1_000);
      steps.push('evaluate');
      return Promise.resolve({ endsWithin: () => Promise.resolve() });
    },
    sendLater: () => {
      steps.push('end');
      return Promise.resolve();
    },
    due: {
      arm: (due) => {
        steps.push(due.key.split(' ', 1)[0] ?? '');
        return Promise.resolve({ ...due, armed: '' });
      },
      remove: ({ key }) => {
        steps.push(`${key.split(' ', 1)[0]} removed`);
        return Promise.resolve();
      },
    },
    routes: () => (table ? Promise.resolve(table) : Promise.reject(new Error('the routes of the test do not load'))),
    hosts: { azureDevOpsCollections: [] },
    timeoutSeconds: 60,
    now: () => new Date('2026-11-20T10:00:00Z'),
  };
}

const log = (): void => {};
const never = (): Promise<never> => new Promise(() => {});
const refuse = () => Promise.reject(new Failure('storage-unavailable', 'no'));

async function ask(deps: GatesDeps, body: object, more: Readonly<Record<string, string>> = {}) {
  const request = new Request('https://app.example/api/gates', {
    method: 'POST',
    headers: { ...headers, ...more },
    body: JSON.stringify(body),
  }) as unknown as Parameters<HttpHandler>[0];
  const context = { info: log, warn: log, error: log } as unknown as Parameters<HttpHandler>[1];
  const answer = (await makeGates(deps)(request, context)) as { status: number; body?: string };
  const { errors = [] } = JSON.parse(answer.body ?? '{}') as { errors?: readonly { readonly field: string }[] };
  return { status: answer.status, fields: errors.map(({ field }) => field) };
}

const question = { environment: 'dev', route: 'web', buildId: 1 };

test('no gate is kept whose end is not: storage that fails in between leaves none open for ever', async () => {
  const steps: string[] = [];
  const deps = makeDeps(steps);
  expect(await ask(deps, question)).toMatchObject({ status: 202 });
  expect(steps).toEqual(['gate-first', 'end', 'kept', 'evaluate', 'gate-first removed']);
  const failing: string[] = [];
  expect(await ask({ ...makeDeps(failing), sendLater: refuse }, question)).toMatchObject({ status: 503 });
  expect(failing).toEqual(['gate-first']);
  const unarmed = makeDeps(failing);
  const due = { ...unarmed.due, arm: refuse };
  expect(await ask({ ...unarmed, due }, question)).toMatchObject({ status: 503 });
  expect(failing).toEqual(['gate-first', 'end']);
});

test('an answer comes within the 3 s that a check waits, also where storage or routes give none', async () => {
  const deps = makeDeps();
  const began = performance.now();
  const answers = await Promise.all([
    ask({ ...deps, gates: { ...deps.gates, update: never } }, question, { hubname: 'checks' }),
    ask({ ...deps, routes: never }, question, { hubname: 'checks' }),
    ask({ ...deps, verify: never }, question, { hubname: 'checks' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(performance.now() - began).toBeLessThan(3_000);
});

test('refused: an environment that the named route has not got, and a collection that could not be called back', async () => {
  expect(await ask(makeDeps(), { ...question, route: ['web', 'api'] })).toEqual({ status: 400, fields: ['route'] });
  expect(await ask(makeDeps(), { ...question, route: 'a*' })).toEqual({ status: 400, fields: ['route'] });
  expect(await ask(makeDeps(), { ...question, route: 'w*' })).toMatchObject({ status: 202 });
  expect(await ask(makeDeps(), question, { planurl: 'http://127.0.0.1:9999/there' })).toEqual({
    status: 400,
    fields: ['header planurl'],
  });
  const elsewhere = {
    azureDevOpsCollections: [],
    localEndpoints: { 'https://dev.azure.com/other': 'http://127.0.0.1:1/other' },
  };
  expect(await ask({ ...makeDeps(), hosts: elsewhere }, question)).toEqual({ status: 400, fields: ['header planurl'] });
});

test.each([
  ['by the own URL', 'http://127.0.0.1:9999/there', 'https://dev.azure.com/other', 'http://127.0.0.1:9999/there'],
  ['by the second name', 'http://127.0.0.1:7072/c', 'https://dev.azure.com/fabrikam', 'https://dev.azure.com/fabrikam'],
])('a collection of this machine that routes name %s is called back', async (_name, planurl, second, collection) => {
  const localEndpoints = { 'https://dev.azure.com/contoso': planurl, [second]: planurl };
  const kept: (string | undefined)[] = [];
  const deps = { ...makeDeps(), hosts: { azureDevOpsCollections: [], localEndpoints } };
  const gates: GatesDeps['gates'] = {
    ...deps.gates,
    update: (_id, change) => {
      const gate = change(undefined);
      kept.push(gate?.task.collection);
      return Promise.resolve(gate);
    },
  };
  expect(await ask({ ...deps, gates }, question, { planurl })).toMatchObject({ status: 202 });
  expect(kept).toEqual([collection]);
});

test.each([
  ['https://user@dev.azure.com/fabrikam', 202],
  ['https://DEV.azure.com/Fabrikam/', 202],
  ['https://fabrikam.visualstudio.com/', 202],
  ['https://FABRIKAM.visualstudio.com/DefaultCollection/', 202],
  ['https://dev.azure.com@attacker.example/fabrikam', 400],
  ['https://user:password@dev.azure.com/fabrikam', 400],
  ['https://dev.azure.com./fabrikam', 400],
  ['https://dev.azure.com:8443/fabrikam', 400],
  ['http://dev.azure.com/fabrikam', 400],
  ['https://dev.azure.com/fabrikam/other', 400],
  ['https://dev.azure.com/other/../fabrikam2', 400],
  ['https://dev.azure.com/fabrikam%2F..%2Fother', 400],
  ['https://dev.azure.com/fabrikam?x=1', 400],
  ['https://dev.azure.com/fabrikam#x', 400],
  ['https://fabrikam.visualstudio.com.attacker.example/', 400],
  ['https://attacker.visualstudio.com/fabrikam', 400],
  ['https://dev.azure.com.attacker.example/fabrikam', 400],
])('a plan of %s is answered %i', async (planurl, status) => {
  const kept: string[] = [];
  const deps = makeDeps();
  const gates: GatesDeps['gates'] = {
    ...deps.gates,
    update: (_id, change) => {
      const gate = change(undefined);
      if (gate) kept.push(gate.task.collection.toLowerCase());
      return Promise.resolve(gate);
    },
  };
  expect(await ask({ ...deps, gates }, question, { planurl })).toMatchObject({ status });
  expect(kept).toEqual(status === 202 ? ['https://dev.azure.com/fabrikam'] : []);
});

test('the same task is one gate, however its collection is written', async () => {
  const deps = makeDeps();
  const { cipher } = deps;
  if (!cipher) throw new Error('the test has a key');
  const task = { projectId: guid, hubName: 'build', planId: guid, jobId: guid, timelineId: guid, taskInstanceId: guid };
  const asked = {
    kind: 'gate-request',
    token: 't',
    question: {
      environment: 'dev',
      selector: { kind: 'build', build: 1 },
      onSuperseded: 'follow',
      requireImage: false,
    },
  } as const;
  const ids = await Promise.all(
    ['https://dev.azure.com/fabrikam/', 'https://Fabrikam.visualstudio.com'].map((planUrl) =>
      openGate({ ...asked, task: { ...task, planUrl } }, { ...deps, cipher }, log),
    ),
  );
  expect(ids[0]).toEqual(ids[1]);
});

test('a task of a pipeline gets its answer though storage takes longer than a check waits', async () => {
  const deps = makeDeps();
  const slow: GatesDeps = {
    ...deps,
    gates: { ...deps.gates, update: (id, change) => sleep(3_000).then(() => deps.gates.update(id, change)) },
  };
  expect(await ask(slow, question)).toMatchObject({ status: 202 });
  expect(await ask(slow, question, { hubname: 'checks' })).toMatchObject({ status: 503 });
});

describe('a gate whose first evaluation is not queued after the answer', () => {
  const rows = sharedTable();
  test.each([
    ['because the queue refuses it', refuse],
    ['because the process ends', never],
  ])('%s is evaluated by the clock', async (_name, start) => {
    const due = makeDueStore(rows());
    const deps = { ...makeDeps(), due, start };
    expect(await ask(deps, question)).toMatchObject({ status: 202 });
    const sent: Job[] = [];
    const sendAt = async (second: number): Promise<void> => {
      const now = () => new Date(deps.now().getTime() + second * 1000);
      await sendDue(log, { due, send: (job) => Promise.resolve(void sent.push(job)), now });
    };
    // Not before an answer that takes its time.
    await sendAt(15);
    expect(sent).toEqual([]);
    await sendAt(60);
    expect(sent).toEqual([{ kind: 'gates', body: { ids: [expect.any(String)] } }]);
    expect(await due.list()).toEqual([]);
  });

  test('once it is queued, the clock has nothing left to send', async () => {
    const due = makeDueStore(rows());
    expect(await ask({ ...makeDeps(), due }, question)).toMatchObject({ status: 202 });
    await eventually(async () => expect(await due.list()).toEqual([]));
  });
});

/** Opens a gate whose ids the next requests have. */
async function idOf(deps: GatesDeps): Promise<string> {
  const { cipher } = deps;
  if (!cipher) throw new Error('the test has a key');
  const task = { projectId: guid, hubName: 'build', planId: crypto.randomUUID(), jobId: guid };
  const opened = await openGate(
    {
      kind: 'gate-request',
      token: 'old',
      task: { ...task, planUrl: 'https://dev.azure.com/fabrikam/', timelineId: guid, taskInstanceId: guid },
      question: {
        environment: 'dev',
        selector: { kind: 'build', build: 1 },
        onSuperseded: 'follow',
        requireImage: false,
      },
    },
    { ...deps, cipher },
    log,
  );
  if (!('id' in opened)) throw new Error('the gate was refused');
  headers.planid = task.planId;
  return opened.id;
}

describe('a request with the ids of a known gate', () => {
  const rows = sharedTable();
  const stored = async (change: Partial<Gate>) => {
    const deps = { ...makeDeps(), gates: makeGateStore(rows()) };
    const id = await idOf(deps);
    await deps.gates.update(id, (current) => current && { ...current, ...change });
    await ask(deps, question);
    return {
      gate: await deps.gates.find(id),
      isListed: (await deps.gates.open()).some((open) => open.id === id),
      deps,
    };
  };
  const result = { succeeded: false, text: 'because', at: '2026-11-20T10:10:00Z' };

  test.each(['completed', 'lost'] as const)('that is %s sends its result again', async (ended) => {
    const { gate, isListed, deps } = await stored({ result, ended });
    expect(gate).toMatchObject({ result });
    expect(gate).not.toHaveProperty('ended');
    expect(gate?.token && deps.cipher?.decrypt(gate.token, gate.id)).toBe('token');
    expect(isListed).toBe(true);
  });

  test('that is lost without a result starts again', async () => {
    const { gate } = await stored({ ended: 'lost', found: ['web'] });
    expect(gate).toMatchObject({ found: [] });
    expect(gate).not.toHaveProperty('ended');
  });

  test('that is open changes nothing', async () => {
    const { gate, deps } = await stored({ found: ['web'] });
    expect(gate).toMatchObject({ found: ['web'] });
    expect(gate?.token && deps.cipher?.decrypt(gate.token, gate.id)).toBe('old');
  });
});
