import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureSignals, masterKey, startFixture, until, type Fixture } from '../support/fixture.ts';

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let app: Fixture;

beforeAll(async () => {
  app = await startFixture('http', { settings: { GREETING: 'hello' }, functionKeys: { acr: 'function-key' } });
});

afterAll(() => app.close());

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(app.url + path, init);
const echo = async (path: string, init?: RequestInit): Promise<Echo> => (await (await call(path, init)).json()) as Echo;

/** Sends bytes as they are and gives what comes back until the connection ends. */
async function raw(request: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write(request);
  return text(socket);
}

describe('a request', () => {
  it('reaches the handler with method, URL, headers, query and body', async () => {
    const got = await echo('/api/echo?a=1&b=x%20y+z', {
      method: 'PUT',
      body: 'grüße\u0000',
      headers: { 'X-Test': 'yes', 'content-type': 'text/plain' },
    });
    expect(got).toMatchObject({
      method: 'PUT',
      url: `${app.url}/api/echo?a=1&b=x%20y+z`,
      query: { a: '1', b: 'x y z' },
      headers: { 'x-test': 'yes' },
      body: 'grüße\u0000',
    });
  });

  it('has repeated query names and headers joined by a comma, names in any case', async () => {
    const got = await echo('/api/echo?Tag=a&tag=b', {
      headers: [
        ['x-many', '1'],
        ['X-MANY', '2'],
      ],
    });
    expect(got.query).toEqual({ Tag: 'a,b' });
    expect(got.headers['x-many']).toMatch(/^1, ?2$/u);
  });

  it('that is chunked arrives with an empty body', async () => {
    const answer = await raw(
      'POST /api/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    );
    expect(answer).toContain('200 OK');
    expect(answer).toContain('"body":""');
  });

  it('over 100 MB is refused with 413 and does not reach the handler', async () => {
    const answer = await raw(
      `POST /api/echo HTTP/1.1\r\nHost: h\r\nContent-Length: ${100 * 1024 * 1024 + 1}\r\nConnection: close\r\n\r\nabc`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /u);
  });

  it('with a target or host that makes no URL is a 400', async () => {
    expect(await raw('GET /api/echo HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /u);
    expect(await raw('OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /u);
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /u);
  });

  it('that is broken off while it is sent runs nothing and harms nothing', async () => {
    const before = app.events.length;
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write('POST /api/byName HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc', () => socket.destroy());
    await once(socket, 'close');
    expect((await call('/api/echo')).status).toBe(200);
    expect(app.events.slice(before).filter((event) => 'name' in event && event.name === 'byName')).toEqual([]);
  });

  it('whose caller goes away is run to its end', async () => {
    const waiting = once(fixtureSignals, 'waiting');
    const controller = new AbortController();
    const request = call('/api/waits', { signal: controller.signal });
    await waiting;
    controller.abort();
    await expect(request).rejects.toMatchObject({ name: 'AbortError' });
    fixtureSignals.emit('release');
    expect(await app.event('invocation-finished', ({ name }) => name === 'waits')).toMatchObject({
      outcome: 'succeeded',
    });
  });
});

describe('a route', () => {
  it('is the function name under the prefix where none is given', async () => {
    expect((await call('/api/byName')).status).toBe(200);
    expect((await call('/byName')).status).toBe(404);
  });

  it('gives its parameters decoded, except for a slash, and ignores case and a slash at the end', async () => {
    expect((await echo('/API/Items/a%20b')).params).toEqual({ id: 'a b' });
    expect((await echo('/api/items/a%2Fb/')).params).toEqual({ id: 'a%2Fb' });
    expect((await call('/api/items/')).status).toBe(404);
    expect((await call('/api/items/%E0%A4%A')).status).toBe(200);
  });

  it('may have constraints, an optional end and a rest', async () => {
    expect((await echo('/api/numbers/42')).params).toEqual({ n: '42' });
    expect((await echo('/api/numbers/42/m')).params).toEqual({ n: '42', unit: 'm' });
    expect((await call('/api/numbers/x')).status).toBe(404);
    expect((await echo('/api/files/a/b/c.txt')).params).toEqual({ path: 'a/b/c.txt' });
    expect((await echo('/api/files/')).params).toEqual({});
    expect((await echo('/api/files')).params).toEqual({});
  });

  it('belongs to a function per method, and is a 404 for the other methods', async () => {
    const deleted = await call('/api/items/1', { method: 'DELETE' });
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    expect((await call('/api/items/1', { method: 'PUT' })).status).toBe(404);
    expect((await call('/api/items/1', { method: 'HEAD' })).status).toBe(404);
  });

  it('may answer HEAD, without a body', async () => {
    const response = await call('/api/echo', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/json',
      '',
    ]);
  });
});

const status = async (path: string, key?: string): Promise<number> =>
  (await call(path, key === undefined ? {} : { headers: { 'x-functions-key': key } })).status;

describe('a key', () => {
  it('of a function opens level function only, the master key every level', async () => {
    expect(await status('/api/withFunctionKey', 'function-key')).toBe(200);
    expect(await status('/api/withFunctionKey', masterKey)).toBe(200);
    expect(await status('/api/withAdminKey', masterKey)).toBe(200);
    expect(await status('/api/withAdminKey', 'function-key')).toBe(401);
  });

  it('may come as the query parameter code, but the header decides', async () => {
    expect(await status('/api/withFunctionKey?code=function-key')).toBe(200);
    expect(await status('/api/withFunctionKey?code=function-key', 'wrong')).toBe(401);
    expect(await status('/api/withFunctionKey?code=wrong', 'function-key')).toBe(200);
  });

  it('that is wrong, empty or missing is a 401 with an empty body', async () => {
    for (const key of [undefined, '', 'wrong', 'Function-Key', 'acr']) {
      expect(await status('/api/withFunctionKey', key)).toBe(401);
    }
    expect(await (await call('/api/withFunctionKey')).text()).toBe('');
  });

  it('does not matter to an anonymous function', async () => {
    expect(await status('/api/echo', 'wrong')).toBe(200);
  });
});

describe('a response', () => {
  it('carries bytes, status and content type as they were returned', async () => {
    const response = await call('/api/bytes');
    expect([response.status, response.headers.get('content-type')]).toEqual([201, 'image/x-test']);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 128, 10]);
  });

  it('carries headers and cookies, and the length of its own body', async () => {
    const response = await call('/api/headers');
    expect(response.headers.get('x-one')).toBe('1');
    expect(response.headers.get('etag')).toBe('"a"');
    expect(response.headers.getSetCookie()).toEqual([
      'plain=a%20b; path=/',
      'full=v; expires=Fri, 02 Jan 1970 00:00:00 GMT; max-age=60; domain=example.com; path=/x; secure; samesite=strict; httponly',
    ]);
    expect(await response.text()).toBe('a longer body');
  });

  it('is a 204 where the handler returned nothing', async () => {
    expect((await call('/api/returnsNothing')).status).toBe(204);
  });

  it.each(['throws', 'returnsText', 'badStatus'])('is a 500 without a body where the handler %s', async (name) => {
    const response = await call(`/api/${name}`);
    expect([response.status, await response.text()]).toEqual([500, '']);
    const finished = await app.event('invocation-finished', (event) => event.name === name);
    expect(finished).toMatchObject({ outcome: 'failed', status: 500, error: expect.any(Error) as unknown });
  });
});

describe('the host', () => {
  it('shows the app its settings and takes them back', async () => {
    expect(await (await call('/api/setting')).text()).toBe('hello');
  });

  it('refuses registrations after the start', async () => {
    expect((await call('/api/registersLate')).status).toBe(500);
    const finished = await app.event('invocation-finished', ({ name }) => name === 'registersLate');
    expect(finished.error).toMatchObject({ code: 'function-late' });
  });

  it('says when an invocation begins and ends', async () => {
    await call('/api/byName');
    const finished = await until(() => app.events.findLast((event) => event.type === 'invocation-finished'));
    const started = app.events.findLast((event) => event.type === 'invocation-started');
    expect(finished).toMatchObject({ name: 'byName', id: started?.id, outcome: 'succeeded', status: 200 });
  });
});

describe('the end of the host', () => {
  it('lets a call that is being answered have its answer, and takes no more', async () => {
    const ending = await startFixture('http');
    const waiting = once(fixtureSignals, 'waiting');
    const request = fetch(`${ending.url}/api/waits`);
    await waiting;
    const closing = ending.close();
    await expect(fetch(`${ending.url}/api/echo`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    fixtureSignals.emit('release');
    expect(await (await request).text()).toBe('released');
    await closing;
  });

  it('does not wait longer than drainSeconds', async () => {
    const ending = await startFixture('http', { drainSeconds: 0.1 });
    const waiting = once(fixtureSignals, 'waiting');
    const request = fetch(`${ending.url}/api/waits`).catch((error: unknown) => error);
    await waiting;
    await ending.close();
    expect(await request).toBeInstanceOf(TypeError);
    fixtureSignals.emit('release');
  });
});
