import { afterAll, expect, test } from 'vitest';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { axeFindings } from '../support/axe.ts';
import { closeBrowser, hasNoBrowser } from '../support/browser.ts';
import { seedRecords } from '../support/seed-records.ts';
import { committed, gitops, markup, openPage, openView, records, screenshots, seeded, signIn, text } from './scene.ts';

afterAll(closeBrowser);

type Six = [Deployment, Deployment, Deployment, Deployment, Deployment, Deployment];

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
