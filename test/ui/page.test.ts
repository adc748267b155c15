import { afterAll, expect, onTestFinished, test } from 'vitest';
import { makeFigureStore } from '../../src/lib/figures/figure-store.ts';
import { tallyOf } from '../../src/lib/figures/tally.ts';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { startAuthentication } from '../support/app-service-authentication.ts';
import { axeFindings } from '../support/axe.ts';
import { browserPage, closeBrowser, hasNoBrowser } from '../support/browser.ts';
import type { BrowserPage } from '../support/browser.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';
import { testPlatform } from '../support/platform.ts';
import type { TestPlatform } from '../support/platform.ts';
import { seedRecords } from '../support/seed-records.ts';
import { signedIn } from '../support/signed-in.ts';

afterAll(closeBrowser);

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments: { dev: { application: argocd/dev }, prod: { promoteFrom: [dev], soak: 2h } }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, prod]
`;
const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';
const markup = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
const screenshots = process.env['SCREENSHOTS'];

function ago(minutes: number): Date {
  return new Date(Date.now() - minutes * 60_000);
}

function committed(route: string, environment: string, tag: string, minutes: number): Deployment {
  const update = updateOf(route, environment, route, tag);
  const details = { commit: 'c'.repeat(40), branch: 'main', previous: '1', applications: [`argocd/${environment}`] };
  const record = queued({ ...update, pushedAt: ago(minutes + 1).toISOString() }, gitops, ago(minutes));
  return moveTo(record, 'committed', details, ago(minutes - 0.1));
}

function records(): readonly Deployment[] {
  const api = committed('shop/api', 'dev', 'main-1241', 50);
  const failed = committed('shop/web', 'prod', 'v2.4.0', 300);
  const hostile = updateOf(`shop/${markup}`, 'dev', 'shop/hostile', '1');
  const waiting = queued(updateOf('shop/api', 'prod', 'shop/api', 'v2.4.1'), gitops, ago(3));
  const failure = { resource: 'apps/Deployment shop/web', message: 'CrashLoopBackOff: back-off restarting' };
  const progress = { state: 'failed', at: ago(290).toISOString(), reason: 'one resource failed', failures: [failure] };
  const { commit, branch, applications } = failed;
  const drift = { value: 'v2.3.9', commit: 'd'.repeat(40), author: `Ada ${markup}`, since: ago(20).toISOString() };
  const promoted = queued(updateOf('shop/api', 'prod', 'shop/api', 'main-1241'), gitops, ago(10));
  const build = {
    collection: 'https://dev.azure.com/contoso',
    project: 'shop',
    id: 1241,
    number: '1241',
    url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=1241',
    definition: { id: 1, name: 'ci' },
    sourceBranch: 'refs/heads/main',
    sourceVersion: 'a'.repeat(40),
    reason: 'individualCI',
    trusted: true,
  };
  const source = { repository: 'https://github.com/contoso/api', commit: 'a'.repeat(40), message: `fix ${markup}` };
  const pullRequest = { number: 7, url: `${gitops}/pullrequest/7` };
  const soakEnds = '2099-01-01T00:00:00.000Z';
  return [
    moveTo({ ...api, build, source, pullRequest }, 'healthy', { commit: api.commit ?? '' }, ago(48)),
    { ...committed('shop/api', 'prod', 'v2.4.0', 900), drift },
    moveTo(
      waiting,
      'queued',
      { heldBy: 'window', reason: 'The window is closed.', opensAt: new Date(Date.now() + 3_600_000).toISOString() },
      ago(2),
    ),
    {
      ...queued(updateOf('shop/web', 'dev', 'shop/web', 'v2.5.0'), gitops, ago(6)),
      retry: { code: 'throttled', reason: `slow ${markup}`, attempt: 3, at: soakEnds },
    },
    moveTo(
      promoted,
      'queued',
      { heldBy: 'promotion', reason: `soaks in dev until ${soakEnds}`, heldUntil: soakEnds },
      ago(9),
    ),
    {
      ...moveTo(
        failed,
        'failed',
        {
          commit: commit ?? '',
          branch: branch ?? '',
          applications: applications ?? [],
          reason: 'argocd/prod: one resource failed',
        },
        ago(290),
      ),
      progress: { 'argocd/prod': progress as never },
    },
    moveTo(
      queued(hostile, gitops, ago(5)),
      'rejected',
      { code: 'file-not-found', reason: markup, diff: markup },
      ago(4),
    ),
  ];
}

type Six = [Deployment, Deployment, Deployment, Deployment, Deployment, Deployment];

async function openPage(platform: TestPlatform, hash = '') {
  const page = await browserPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message = '' }) => errors.push(message));
  page.on('console', (message) => {
    const text = message.text?.() ?? '';
    if (message.type?.() === 'error' && !text.includes('401')) errors.push(text);
  });
  await page.goto(`${platform.functions}/api/ui${hash}`);
  await page.waitForSelector('.sign-in');
  return { page, errors };
}

/** Goes to another view of the loaded page. It removes the view before, so that no test waits for an element that is there. */
async function openView(page: BrowserPage, platform: Pick<TestPlatform, 'functions'>, hash: string): Promise<void> {
  await page.evaluate(`document.querySelector('main').replaceChildren()`);
  await page.goto(`${platform.functions}/api/ui${hash}`);
}

async function signIn(page: BrowserPage, key: string): Promise<void> {
  await page.evaluate(`document.querySelector('#key').value = ''`);
  await page.type('#key', key);
  await page.click('.sign-in button');
}

function started(settings: Readonly<Record<string, string>> = {}): Promise<TestPlatform> {
  return testPlatform({ routes, files: { 'shop/api/dev.yaml': 'image: { tag: "1" }\n' }, settings });
}

async function seeded(more: Readonly<Record<string, string>> = {}): Promise<TestPlatform> {
  const platform = await started(more);
  await seed(platform);
  return platform;
}

async function seed(platform: TestPlatform): Promise<void> {
  const settings = { AzureWebJobsStorage: platform.storage };
  await seedRecords(records(), settings);
  await makeFigureStore(makeTableRows(settings)).replaceHour('2026010100', tallyOf(records()), '2000-01-01');
}

const text = (page: BrowserPage, selector = 'main'): Promise<unknown> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);

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

test.skipIf(hasNoBrowser)('markup in names, reasons and changes is shown as text', async () => {
  const platform = await seeded();
  const { page, errors } = await openPage(platform, '#/environments?removed=yes');
  await signIn(page, platform.key);
  await page.waitForSelector('.matrix');
  expect(await text(page, '.matrix')).toContain(markup);
  await page.evaluate(
    `[...document.querySelectorAll('.matrix tr')].find((row) => row.innerText.includes('<img')).querySelector('a').click()`,
  );
  await page.waitForSelector('.timeline');
  expect(await text(page)).toContain(`file-not-found ${markup}`);
  expect(await page.evaluate(`document.querySelectorAll('main img, main script').length`)).toBe(0);
  expect(await page.evaluate('document.title')).toBe('Deployment · tagrelay');
  expect(errors).toEqual([]);
});

test.skipIf(hasNoBrowser)(
  'a deployment has its timeline, its links and the resource that failed; the matrix is live',
  async () => {
    const platform = await seeded();
    const { page, errors } = await openPage(platform);
    await signIn(page, platform.key);
    await page.waitForSelector('.matrix');
    expect(await text(page, '.matrix')).toMatch(/main-1241\s+✓\s*healthy\s+4\d min · push/);
    const next = { ...committed('shop/web', 'dev', 'main-7', 1) };
    await seedRecords([next], { AzureWebJobsStorage: platform.storage });
    await page.waitForFunction(`document.querySelector('.matrix').innerText.includes('main-7')`);
    await page.evaluate(
      `[...document.querySelectorAll('.matrix .tag')].find(({ innerText }) => innerText === 'v2.4.0' && true).focus()`,
    );
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.timeline');
    const shown = await text(page);
    expect(shown).toContain('CrashLoopBackOff');
    expect(shown).toMatch(/pushed[\s\S]+queued[\s\S]+\+ 1 min[\s\S]+committed[\s\S]+failed/);
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('main a')].map(({ href }) => href).find((href) => href.includes('/commit/'))`,
      ),
    ).toBe(`${gitops}/commit/${'c'.repeat(40)}`);
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

test.skipIf(hasNoBrowser)('the admin key acts after a confirmation', async () => {
  const platform = await seeded();
  const id = updateOf('shop/api', 'prod', 'shop/api', 'v2.4.0').id;
  const { page, errors } = await openPage(platform, `#/deployments/${id}`);
  await signIn(page, platform.key);
  await page.waitForSelector('.actions');
  const button = (name: string) =>
    page.evaluate(
      `[...document.querySelectorAll('button')].find(({ innerText }) => innerText.startsWith(${JSON.stringify(name)})).click()`,
    );
  await button('Freeze prod');
  await page.waitForSelector('dialog[open]');
  expect(await axeFindings(page)).toEqual([]);
  const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  await page.evaluate(`document.querySelector('#action-until').value = '${until}'`);
  await page.type('#action-reason', 'audit of the year');
  await page.type('#action-actor', 'Ada');
  await button('Continue');
  await page.waitForFunction(`document.querySelector('dialog').innerText.includes('This will happen')`);
  expect(await text(page, 'dialog')).toContain('nothing is written to prod of shop/api until');
  const list = async () => (await appApi(platform).get('freezes')).body;
  expect(await list()).toMatchObject({ freezes: [] });
  if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/confirm.png` });
  const isClosed = () => page.waitForFunction(`document.querySelector('dialog') === null`);
  await button('Confirm: Freeze prod');
  await page.waitForFunction(`document.querySelector('.outcome').innerText.includes('is frozen')`);
  await isClosed();
  expect(await list()).toMatchObject({
    freezes: [{ route: 'shop/api', environment: 'prod', reason: 'audit of the year', actor: 'Ada' }],
  });
  // The dry run of the app refuses, so nothing can be confirmed.
  await button('Roll back prod');
  await page.waitForSelector('dialog[open]');
  await page.type('#action-reason', 'errors');
  await button('Continue');
  await page.waitForFunction(`document.querySelector('dialog .error').innerText !== ''`);
  expect(await text(page, 'dialog')).not.toContain('This will happen');
  await page.keyboard.press('Escape');
  await isClosed();

  const order = async (name: string) => {
    await button(name);
    await page.waitForSelector('dialog[open]');
    // The name is kept from the order before, so the reason is the first field that is empty.
    expect(await page.evaluate('document.activeElement.id')).toBe('action-reason');
    await page.type('#action-reason', 'tidy up');
    await button('Continue');
    await page.waitForFunction(`document.querySelector('dialog').innerText.includes('This will happen')`);
    await button(`Confirm: ${name}`);
    await isClosed();
  };
  await order('Set the mark of prod');
  await order('Replay v2.4.0');
  const { body } = await appApi(platform).get('audit');
  const acts = (body as { entries: { kind: string; act: string }[] }).entries.filter(({ kind }) => kind === 'act');
  expect(acts.toReversed()).toMatchObject([
    { act: 'freeze', actor: 'Ada', by: 'key', reason: 'audit of the year' },
    { act: 'mark', actor: 'Ada', reason: 'tidy up', tag: 'v2.4.0' },
    { act: 'replay', actor: 'Ada', reason: 'tidy up', deployment: id },
  ]);
  expect(errors.filter((line) => !/status of 4\d\d/.test(line))).toEqual([]);
});

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

const waitFor: Readonly<Record<string, string>> = {
  deployment: '.actions',
  promoting: '.timeline',
  queue: '.queue',
  figures: '.wide',
};
const views = {
  queue: '#/queue',
  figures: '#/figures?since=7d',
  environments: '#/environments',
  failing: '#/environments?state=attention',
  nothing: '#/environments?route=none',
};

test.skipIf(hasNoBrowser)(
  'no view has a finding of axe, light and dark, wide and narrow',
  async () => {
    const platform = await seeded();
    const { page } = await openPage(platform);
    const [{ update: healthy }, , , , , { update }] = records() as Six;
    const check = async (name: string) => {
      for (const scheme of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        for (const width of [390, 1_440]) {
          await page.setViewport({ width, height: 900 });
          expect(await axeFindings(page), `${name}, ${scheme}, ${width}`).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth'), `${name}, ${width}`).toBeLessThanOrEqual(
            width,
          );
          if (screenshots !== undefined)
            await page.screenshot({ path: `${screenshots}/${name}-${scheme}-${width}.png` });
        }
      }
    };
    await check('sign-in');
    await signIn(page, platform.key);
    await page.waitForSelector('.matrix');
    const bars = new Map<string, unknown>();
    const pages = { deployment: `#/deployments/${update.id}`, promoting: `#/deployments/${healthy.id}` };
    for (const [name, hash] of Object.entries({ ...views, ...pages })) {
      await openView(page, platform, hash);
      await page.waitForSelector(waitFor[name] ?? '.filter');
      bars.set(name, await page.evaluate(`document.querySelectorAll('main svg rect').length`));
      await check(name);
    }
    expect(await text(page)).toMatch(
      /Promotion to prod\s+…\s*queued\s+waits for its promotion: soaks in dev until .*20(?:98|99)/,
    );
    // Two for each of 7 days, and the steps without `build`, whose beginning is not known.
    expect(bars.get('figures')).toBe(14 + 4);
    expect(await text(page)).toContain('unknown; the lead time begins with the build');
    expect(await text(page)).toContain(`fix ${markup}`);
    expect(await page.evaluate(`[...document.querySelectorAll('main a[target]')].map(({ href }) => href)`)).toEqual([
      'https://dev.azure.com/contoso/shop/_build/results?buildId=1241',
      `https://github.com/contoso/api/commit/${'a'.repeat(40)}`,
      gitops,
      `${gitops}/commit/${'c'.repeat(40)}`,
      `${gitops}/pullrequest/7`,
    ]);
    await openView(page, platform, views.queue);
    await page.waitForSelector('.queue');
    expect(await text(page)).toMatch(/v2\.5\.0[\s\S]+Attempt 3 failed, next at .+: throttled slow <img/);
    expect(await text(page)).toMatch(/Waits for its window: opens[\s\S]+Waits for its promotion: soaks in dev until/);
    expect(await text(page)).toMatch(/Updates that wait\s+3\s+Oldest[\s\S]+Messages[\s\S]+work \d/);
  },
  120_000,
);
