import type { ServerResponse } from 'node:http';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { makeFigureStore } from '../../src/lib/figures/figure-store.ts';
import { tallyOf } from '../../src/lib/figures/tally.ts';
import { moveTo } from '../../src/lib/model/deployment.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { updateOf } from '../support/app-api.ts';
import { startAuthentication } from '../support/app-service-authentication.ts';
import { closeBrowser, hasNoBrowser } from '../support/browser.ts';
import type { BrowserPage } from '../support/browser.ts';
import { startForwardingServer } from '../support/forwarding-server.ts';
import { seedRecords } from '../support/seed-records.ts';
import { committed, openPage, press, screenshots, seeded, shows, signIn, text } from './scene.ts';

afterAll(closeBrowser);

const api = /^(?:GET|POST) \/api\/(?!ui)/;
const focused = (page: BrowserPage) => page.evaluate(`document.activeElement.outerHTML`);
const picture = async (page: BrowserPage, name: string) => {
  if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${name}.png` });
};

/** An app behind a front that can break. */
async function fronted(hash = '') {
  const platform = await seeded();
  const front = await startForwardingServer(platform.functions);
  onTestFinished(() => front.close());
  const { page, errors } = await openPage({ ...platform, functions: front.url }, hash);
  return { platform, front, page, errors };
}

const failures: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['does not answer', (response) => response.destroy()],
  [
    'is cut off within an answer',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"environments":');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  [
    'is replaced by the page of a proxy',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in to the network</h1>'),
  ],
];

test.skipIf(hasNoBrowser)(
  'an app that fails in any way is announced, and the page goes on once it answers',
  async () => {
    const { platform, front, page, errors } = await fronted();
    front.instead(/^GET \/api\/environments/, (response) => response.destroy());
    await signIn(page, platform.key);
    await shows(page, 'main', 'The app does not answer. The page tries again.');
    await picture(page, 'no-answer');
    front.instead(/^$/);
    await page.waitForSelector('.matrix');
    expect(await text(page)).not.toContain('tries again');
    for (const [, fail] of failures) {
      front.instead(api, fail);
      await shows(page, '#live', 'The app does not answer. Shown data may be old.');
      await picture(page, 'old-data');
      expect(await text(page, '.matrix')).toContain('main-1241');
      front.instead(/^$/);
      await page.waitForFunction(`document.querySelector('#live').innerText === ''`);
    }
    expect(errors.filter((line) => !/ERR_|status of/.test(line))).toEqual([]);
  },
  120_000,
);

test.skipIf(hasNoBrowser)(
  'a slow app shows that the page loads, and an unknown address says so',
  async () => {
    const { platform, front, page } = await fronted();
    const held: ServerResponse[] = [];
    front.instead(/^GET \/api\/environments/, (response) => held.push(response));
    await signIn(page, platform.key);
    await shows(page, 'main', 'Loading…');
    await picture(page, 'loading');
    front.instead(/^$/);
    for (const response of held) response.destroy();
    await page.waitForSelector('.matrix');
    await page.goto(`${front.url}/api/ui#/deployments/${'0'.repeat(32)}`);
    await shows(page, 'main', 'No deployment has this id');
    expect(await text(page)).not.toContain('tries again');
    await picture(page, 'unknown');
  },
  60_000,
);

test.skipIf(hasNoBrowser)(
  'a key that is revoked leads to the sign-in and closes the dialog',
  async () => {
    const id = updateOf('shop/api', 'prod', 'shop/api', 'v2.4.0').id;
    const { platform, front, page } = await fronted(`#/deployments/${id}`);
    await signIn(page, platform.key);
    await page.waitForSelector('.actions');
    await press(page, 'Replay v2.4.0');
    await page.waitForSelector('dialog[open]');
    front.instead(api, (response) => response.writeHead(401).end());
    await page.waitForSelector('.sign-in');
    expect(await text(page, '.error')).toBe('The key has no access.');
    expect(await page.evaluate(`[document.querySelector('dialog'), sessionStorage.getItem('tagrelay-key')]`)).toEqual([
      null,
      null,
    ]);
    expect(await page.evaluate('document.activeElement.id')).toBe('key');
    await picture(page, 'revoked');
    front.instead(/^$/);
    await signIn(page, platform.key);
    // The address is the one of before.
    await page.waitForSelector('.timeline');
  },
  60_000,
);

test.skipIf(hasNoBrowser)(
  'a session of Entra ID that ends leads to the sign-in',
  async () => {
    const platform = await seeded({ WEBSITE_AUTH_ENABLED: 'True' });
    const front = await startAuthentication(platform.functions);
    const { page } = await openPage({ ...platform, functions: front });
    await page.goto(`${front}/.auth/login/aad?as=reader`);
    await page.waitForSelector('.matrix');
    await page.goto(`${front}/.auth/login/aad?as=none`);
    await page.waitForSelector('.sign-in');
    await page.goto(`${front}/.auth/login/aad?as=reader`);
    await page.waitForSelector('.matrix');
    await page.deleteCookie({ name: 'AppServiceAuthSession' });
    await page.waitForSelector('.sign-in');
    expect(await text(page)).toContain('Your session has ended.');
    expect(await text(page)).toContain('Sign in with Microsoft');
  },
  60_000,
);

test.skipIf(hasNoBrowser)(
  'focus and scroll position stay through live changes, dialogs, and the way back',
  async () => {
    const { platform, page, errors } = await fronted('#/queue');
    const settings = { AzureWebJobsStorage: platform.storage };
    await page.setViewport({ width: 700, height: 300 });
    await signIn(page, platform.key);
    await page.waitForSelector('.queue button');
    // The button of an item stays focused when others come before it.
    await page.evaluate(`document.querySelector('.queue button').focus()`);
    const before = await focused(page);
    await page.evaluate('window.scrollTo(0, 150)');
    await seedRecords([{ ...committed('shop/web', 'dev', 'main-8', 1), state: 'rejected' }], settings);
    await shows(page, 'main', 'main-8');
    expect(await focused(page)).toBe(before);
    expect(await page.evaluate('window.scrollY')).toBe(150);
    // A dialog gives the focus back, by Escape too.
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    expect(await page.evaluate('document.activeElement.id')).toBe('action-reason');
    await page.keyboard.press('Escape');
    await page.waitForFunction(`document.querySelector('dialog') === null`);
    expect(await focused(page)).toBe(before);
    // Another address closes it.
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.evaluate(`location.hash = '#/environments'`);
    await page.waitForSelector('.matrix');
    expect(await page.evaluate(`document.querySelector('dialog')`)).toBe(null);
    // A cell whose deployment is replaced keeps the focus; the way back leads to it.
    await page.evaluate(
      `[...document.querySelectorAll('.matrix .tag')].find(({ innerText }) => innerText === 'main-1241').focus()`,
    );
    await seedRecords([committed('shop/api', 'dev', 'main-1250', 1)], settings);
    await shows(page, '.matrix', 'main-1250');
    expect(await page.evaluate('document.activeElement.innerText')).toBe('main-1250');
    await page.evaluate('window.scrollTo(0, 120)');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.timeline');
    expect(await page.evaluate('[document.activeElement.id, window.scrollY]')).toEqual(['main', 0]);
    await page.evaluate('history.back()');
    await page.waitForSelector('.matrix');
    expect(await page.evaluate('[document.activeElement.innerText, window.scrollY]')).toEqual(['main-1250', 120]);
    // A table that was opened stays open when the figures change.
    await page.evaluate(`location.hash = '#/figures'`);
    await page.waitForSelector('details');
    await page.evaluate(`document.querySelector('details').open = true`);
    const later = committed('shop/web', 'dev', 'main-9', 1);
    const healthy = moveTo(later, 'healthy', { commit: later.commit ?? '' }, new Date());
    await makeFigureStore(makeTableRows(settings)).replaceHour('2026010101', tallyOf([healthy]), '2000-01-01');
    await shows(page, '.tiles', '2 (');
    expect(await page.evaluate(`document.querySelector('details').open`)).toBe(true);
    expect(errors).toEqual([]);
  },
  60_000,
);
