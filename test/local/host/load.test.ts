import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startHost, type HostOptions } from '../../../local/host/host.ts';
import { withApp } from '../support/app.ts';
import { masterKey, startFixture } from '../support/fixture.ts';

const head = `const { app, output, input } = require('@azure/functions'); const handler = async () => ({});\n`;

const start = (root: string, options: Partial<HostOptions> = {}): ReturnType<typeof startHost> =>
  startHost({ root, settings: {}, port: 0, masterKey, ...options });

/** What the start of an app with this entry point is refused with. */
function refusal(code: string, settings: Record<string, string> = {}): Promise<unknown> {
  return withApp({ 'main.js': head + code }, (root) =>
    start(root, { settings }).then(
      (host) => host.close(),
      (error: unknown) => error,
    ),
  );
}

describe('an app', () => {
  it.each([
    ['function-name-invalid', `app.http('1st', { handler });`],
    ['function-name-invalid', `app.http('a b', { handler });`],
    ['function-duplicate', `app.http('a', { handler }); app.http('A', { route: 'b', handler });`],
    ['route-reserved', `app.http('a', { route: 'Admin/x', handler });`],
    ['route-reserved', `app.http('a', { route: '/administrators', handler });`],
    ['route-reserved', `app.http('runtimes', { handler });`],
    [
      'route-duplicate',
      `app.http('a', { route: 'x', handler }); app.http('b', { route: '/X/', methods: ['POST'], handler });`,
    ],
    ['route-duplicate', `app.http('a', { route: 'x', methods: [], handler }); app.http('b', { route: 'x', handler });`],
    ['route-invalid', `app.http('a', { route: 'x/{y', handler });`],
    ['binding-unsupported', `app.http('a', { authLevel: 'owner', handler });`],
    ['binding-unsupported', `app.eventGrid('a', { handler });`],
    [
      'binding-unsupported',
      `app.http('a', { extraOutputs: [output.table({ tableName: 't', connection: 'S' })], handler });`,
    ],
    [
      'binding-unsupported',
      `app.http('a', { extraInputs: [input.table({ tableName: 't', connection: 'S' })], handler });`,
    ],
    [
      'binding-unsupported',
      `app.http('a', { extraOutputs: [output.storageQueue({ queueName: '{id}', connection: 'S' })], handler });`,
    ],
    ['setting-missing', `app.storageQueue('a', { queueName: 'q', connection: 'S', handler });`],
    [
      'setting-missing',
      `app.http('a', { extraOutputs: [output.storageQueue({ queueName: 'q', connection: 'S' })], handler });`,
    ],
    ['setting-missing', `app.timer('a', { schedule: '%WHEN%', handler });`],
    ['schedule-invalid', `app.timer('a', { schedule: 'now', handler });`],
    ['hook-unknown', `require('@azure/functions-core').registerHook('never', () => {});`],
    [
      'programming-model-missing',
      `require('@azure/functions-core').registerFunction({ name: 'a', bindings: {} }, handler);`,
    ],
    ['http-streams-unsupported', `app.setup({ enableHttpStream: true }); app.http('a', { handler });`],
  ])('is refused as %s: %s', async (code, text) => {
    expect(await refusal(text)).toMatchObject({ name: 'HostError', code });
  });

  it.each([
    ['connection-unsupported', { S__queueServiceUri: 'https://contoso.queue.core.windows.net' }],
    ['connection-unsupported', { S: 'no connection string' }],
  ])('with a queue is refused as %s with the settings %j', async (code, settings) => {
    expect(
      await refusal(`app.storageQueue('a', { queueName: 'q', connection: 'S', handler });`, settings),
    ).toMatchObject({ code });
  });

  it('that throws while it is loaded rejects the start with what it throws', async () => {
    expect(await refusal(`app.http('a', { handler }); throw new RangeError('bad settings');`)).toBeInstanceOf(
      RangeError,
    );
  });

  it('without functions is no error', async () => {
    await withApp({ 'main.js': '' }, async (root) => {
      const host = await start(root);
      expect(host.functions).toEqual([]);
      expect((await fetch(`${host.url}/api/any`)).status).toBe(404);
      await host.close();
    });
  });

  it('leaves its settings behind in no case', async () => {
    process.env['KEPT'] = 'before';
    await refusal(`throw new Error(process.env.KEPT);`, { KEPT: 'during', GONE: 'x' });
    expect([process.env['KEPT'], process.env['GONE']]).toEqual(['before', undefined]);
    delete process.env['KEPT'];
  });
});

/** What the function `hello` of an app answers. */
async function greeting(root: string, GREETING: string): Promise<string> {
  const host = await start(root, { settings: { GREETING } });
  try {
    return await (await fetch(`${host.url}/api/hello`)).text();
  } finally {
    await host.close();
  }
}

const named = (name: string, route = name): string =>
  `app.http('${name}', { route: '${route}', handler: async () => ({ body: '${name}' }) });`;

describe('the entry point', () => {
  const hello = `app.http('hello', { handler: async () => ({ body: process.env.GREETING }) });`;
  it('is run again on each start, with the settings of that start', async () => {
    const code = `${head} const greeting = process.env.GREETING; app.http('hello', { handler: async () => ({ body: greeting }) });`;
    await withApp({ 'main.js': code }, async (root) => {
      expect([await greeting(root, 'one'), await greeting(root, 'two')]).toEqual(['one', 'two']);
    });
  });

  it('is CommonJS or an ES module by its nearest package.json', async () => {
    const files = {
      'package.json': '{ "type": "module", "main": "dist/main.js" }',
      'dist/package.json': '{ "type": "commonjs" }',
    };
    await withApp({ ...files, 'dist/main.js': head + hello }, async (root) => {
      expect(await greeting(root, 'commonjs')).toBe('commonjs');
    });
  });

  it('may be an ES module', async () => {
    const files = { 'package.json': '{ "type": "module", "main": "main.js" }' };
    await withApp(
      { ...files, 'main.js': `import { app } from '@azure/functions'; await Promise.resolve(); ${hello}` },
      async (root) => {
        expect(await greeting(root, 'module')).toBe('module');
      },
    );
  });

  it('may be many files, by a glob', async () => {
    const files = { 'package.json': '{ "main": "src/{index.js,functions/*.js}" }', 'src/index.js': '' };
    await withApp(
      {
        ...files,
        'src/functions/b.js': head + named('b'),
        'src/functions/a.js': head + named('a'),
        'src/other.js': 'throw 1',
      },
      async (root) => {
        const host = await start(root);
        expect(host.functions.map(({ name }) => name)).toEqual(['a', 'b']);
        await host.close();
      },
    );
  });

  it.each([
    ['entry-point-missing', { 'package.json': '{ "main": "dist/main.js" }' }],
    ['entry-point-missing', { 'package.json': '{ "main": "dist/*.js" }' }],
    ['package-json-invalid', { 'package.json': '{}' }],
    ['package-json-invalid', { 'package.json': '{' }],
    ['host-json-invalid', { 'host.json': '{' }],
  ])('missing or wrong is %s: %j', async (code, files) => {
    await withApp(files, async (root) => {
      await expect(start(root)).rejects.toMatchObject({ code });
    });
  });
});

describe('the host', () => {
  it('tells its functions in the order of their names', async () => {
    await withApp(
      {
        'host.json': '{ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } }',
        'main.js': `${head}
          app.timer('Sweep', { schedule: '0 */5 * * * *', handler });
          app.http('acr', { route: 'webhooks/acr', methods: ['POST'], authLevel: 'function', handler });
          app.storageQueue('work', { queueName: 'JOBS', connection: 'Storage', handler });`,
      },
      async (root) => {
        const host = await start(root, {
          settings: { AzureWebJobsStorage: 'UseDevelopmentStorage=true' },
          drainSeconds: 0,
        });
        expect(host.functions).toEqual([
          { name: 'acr', trigger: 'http', route: 'webhooks/acr', methods: ['POST'], authLevel: 'function' },
          { name: 'Sweep', trigger: 'timer', schedule: '0 */5 * * * *' },
          { name: 'work', trigger: 'queue', queueName: 'jobs' },
        ]);
        await host.close();
      },
    );
  });

  it('tries routes in the order of the names of their functions', async () => {
    await withApp({ 'main.js': head + named('b', 'x') + named('a', '{any}') }, async (root) => {
      const host = await start(root);
      expect(await (await fetch(`${host.url}/api/x`)).text()).toBe('a');
      await host.close();
    });
  });

  it('may be started many times at once, with one app or several', async () => {
    const [one, two, again] = await Promise.all([
      startFixture('http', { settings: { GREETING: 'one' } }),
      startFixture('hooks', { settings: { GREETING: 'two' } }),
      startFixture('http', { settings: { GREETING: 'three' } }),
    ]);
    const calls = [`${one.url}/api/echo`, `${two.url}/api/seen`, `${again.url}/api/echo`];
    expect((await Promise.all(calls.map((url) => fetch(url)))).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(process.env['GREETING']).toBe('three');
    await again.close();
    await one.close();
    expect(process.env['GREETING']).toBe('two');
    await two.close();
    expect(process.env['GREETING']).toBeUndefined();
  });

  it('says which port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const { port } = other.address() as AddressInfo;
    await withApp({ 'main.js': '' }, async (root) => {
      await expect(start(root, { port })).rejects.toMatchObject({ code: 'port-unavailable' });
    });
    other.close();
  });
});
