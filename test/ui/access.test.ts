import { afterAll, expect, onTestFinished, test } from 'vitest';
import { appApi, updateOf } from '../support/app-api.ts';
import { startAuthentication } from '../support/app-service-authentication.ts';
import { axeFindings } from '../support/axe.ts';
import { closeBrowser, hasNoBrowser } from '../support/browser.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';
import { signedIn } from '../support/signed-in.ts';
import { openPage, openView, seed, seeded, signIn, started, text } from './scene.ts';

afterAll(closeBrowser);

test.skipIf(hasNoBrowser)(
  'a key signs in for the session of the tab, as a header and never in an address',
  async () => {
    const platform = await started();
    const { page, errors } = await openPage(platform);
    const addresses: string[] = [];
    const keys = new Set<string | undefined>();
    page.on('request', (request) => {
      addresses.push(request.url?.() ?? '');
      if (/\/api\/(?!ui)/.test(request.url?.() ?? '')) keys.add(request.headers?.()['x-functions-key']);
    });
    await signIn(page, 'wrong');
    await page.waitForFunction(`document.querySelector('.error').textContent !== ''`);
    expect(await text(page)).toContain('The key is wrong');
    await signIn(page, platform.key);
    await page.waitForSelector('.empty');
    expect(await text(page)).toMatch(/No environment yet\s+Describe a route .*\s+npx tagrelay init/);
    expect(await axeFindings(page)).toEqual([]);
    await seed(platform);
    await page.waitForSelector('.matrix');
    expect(await text(page, '.summary')).toContain(
      '4 environments · 1 healthy · 1 need a person · 1 overwritten · 3 queued',
    );
    expect([...keys]).toEqual(['wrong', platform.key]);
    expect(addresses.filter((address) => address.includes(platform.key))).toEqual([]);
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
    await openView(page, platform, '#/environments?state=overwritten');
    await page.waitForFunction(`document.querySelectorAll('.matrix tbody td[data-environment]').length === 1`);
    expect(await text(page, '.matrix')).toMatch(/≠\s*overwritten[\s\S]+v2\.3\.9 in the file, by Ada <img.+, 20 min/);
    await openView(page, platform, '#/environments?route=shop%2Fapi&state=queued');
    await page.waitForFunction(`document.querySelectorAll('.matrix tbody td[data-environment]').length === 1`);
    expect(await text(page, '.matrix')).toMatch(/shop\/api[\s\S]+v2\.4\.0/);
    await page.click('#sign-out');
    await page.waitForSelector('.sign-in');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(errors).toEqual([]);
  },
);

test.skipIf(hasNoBrowser)(
  'a page of another site can neither read the API, nor change anything, nor show the page in a frame',
  async () => {
    const platform = await seeded();
    const asked: string[] = [];
    const server = await serveOnLoopback((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>other</title><body></body>');
    });
    onTestFinished(() => server.close());
    const { page } = await openPage(platform);
    await signIn(page, platform.key);
    await page.waitForSelector('.matrix');
    const before = await (
      await fetch(`${platform.functions}/api/deployments`, { headers: { 'x-functions-key': platform.key } })
    ).text();
    // The host name differs too, so the browser has another origin and another site.
    await page.goto(server.url.replace('127.0.0.1', 'localhost'));
    page.on('request', (request) => asked.push(request.url?.() ?? ''));
    const outcome = (script: string) => page.evaluate(`(${script})().then(() => 'allowed', () => 'refused')`);
    const api = `${platform.functions}/api`;
    const withKey = JSON.stringify({ 'x-functions-key': platform.key });
    expect(await outcome(`() => fetch('${api}/ui')`)).toBe('refused');
    expect(await outcome(`() => fetch('${api}/environments', { credentials: 'include' })`)).toBe('refused');
    expect(
      await outcome(`() => fetch('${api}/replay', { method: 'POST', headers: ${withKey}, body: '{"all":true}' })`),
    ).toBe('refused');
    expect(
      await outcome(
        `async () => { const { status } = await fetch('${api}/replay', { method: 'POST', mode: 'no-cors', body: '{"all":true}' }); if (status !== 200) throw new Error('opaque'); }`,
      ),
    ).toBe('refused');
    const framed = `() => new Promise((resolve, reject) => {
    const frame = document.createElement('iframe');
    frame.onload = () => { try { frame.contentDocument === null ? reject() : resolve(); } catch { reject(); } };
    frame.src = '${api}/ui';
    document.body.append(frame);
  })`;
    expect(await outcome(framed)).toBe('refused');
    expect(asked.filter((address) => address.includes('/ui/app.js'))).toEqual([]);
    const after = await (
      await fetch(`${platform.functions}/api/deployments`, { headers: { 'x-functions-key': platform.key } })
    ).text();
    expect(after).toBe(before);
  },
);

test.skipIf(hasNoBrowser)(
  'a person signs in with Entra ID: a reader reads, an admin acts, another site does neither',
  async () => {
    const platform = await seeded({ WEBSITE_AUTH_ENABLED: 'True' });
    const front = await startAuthentication(platform.functions);
    const { page, errors } = await openPage({ ...platform, functions: front });
    expect(await page.evaluate(`document.querySelector('.sign-in a').getAttribute('href')`)).toBe(
      '/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fui',
    );
    expect(await axeFindings(page)).toEqual([]);
    const id = updateOf('shop/api', 'prod', 'shop/api', 'v2.4.0').id;
    const openAs = async (role: string) => {
      await page.goto(`${front}/.auth/login/aad?as=${role}`);
      await page.waitForSelector('.matrix');
      await openView(page, { functions: front }, `#/deployments/${id}`);
      await page.waitForSelector('.timeline');
    };
    const request = (path: string, init: object) =>
      page.evaluate(
        `fetch('${front}/api/${path}', ${JSON.stringify({ credentials: 'include', ...init })}).then(({ status }) => status, () => 'refused')`,
      );
    const send = (path: string, body: object, headers = {}) =>
      request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    const until = '2099-01-01T00:00:00Z';
    const freeze = { route: 'shop/api', environment: 'prod', until, reason: 'try', actor: 'someone' };
    const own = { 'x-requested-with': 'tagrelay', 'content-type': 'application/json' };
    const list = async () => (await appApi(platform).get('freezes')).body;

    await openAs('reader');
    expect(await page.evaluate(`document.querySelectorAll('.actions').length`)).toBe(0);
    expect(await send('signed-in/freezes', freeze, own)).toBe(403);
    expect(await send('freezes', freeze, own)).toBe(401);
    const forged = { ...own, 'x-ms-client-principal': signedIn('mallory', 'admin')['x-ms-client-principal'] };
    expect(await send('signed-in/freezes', freeze, forged)).toBe(403);

    await openAs('admin');
    await page.waitForSelector('.actions');
    // A page of another site has the cookie of the admin here, and still changes and reads nothing.
    const other = await serveOnLoopback((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>other</title><body></body>');
    });
    onTestFinished(() => other.close());
    await page.goto(other.url);
    expect(await send('signed-in/freezes', freeze, own)).toBe('refused');
    expect(await send('signed-in/freezes', freeze)).toBe('refused');
    await page.evaluate(`new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.name = 'sink';
    document.body.append(frame);
    frame.onload = resolve;
    const form = document.createElement('form');
    const action = '${front}/api/signed-in/freezes';
    Object.assign(form, { method: 'post', action, enctype: 'text/plain', target: 'sink' });
    const input = document.createElement('input');
    input.name = ${JSON.stringify(`${JSON.stringify(freeze).slice(0, -1)},"x":"`)};
    input.value = '"}';
    form.append(input);
    document.body.append(form);
    form.submit();
  })`);
    expect(await request('signed-in/environments', {})).toBe('refused');
    expect(await list()).toMatchObject({ freezes: [] });

    await page.goto(`${front}/api/ui#/deployments/${id}`);
    await page.waitForSelector('.actions');
    expect(await send('signed-in/freezes', freeze, own)).toBe(200);
    expect(await list()).toMatchObject({ freezes: [{ actor: 'kim', reason: 'try' }] });
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(errors.filter((line) => !/status of 40[13]|CORS|ERR_/.test(line))).toEqual([]);
  },
);
