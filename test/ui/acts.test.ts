import { afterAll, expect, test } from 'vitest';
import { moveTo } from '../../src/lib/model/deployment.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { axeFindings } from '../support/axe.ts';
import { closeBrowser, hasNoBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';
import { seedRecords } from '../support/seed-records.ts';
import { committed, openPage, press, screenshots, seeded, shows, signIn, text } from './scene.ts';

afterAll(closeBrowser);

test.skipIf(hasNoBrowser)(
  'the admin key acts after a confirmation',
  async () => {
    const platform = await seeded();
    const id = updateOf('shop/api', 'prod', 'shop/api', 'v2.4.0').id;
    const { page, errors } = await openPage(platform, `#/deployments/${id}`);
    await signIn(page, platform.key);
    await page.waitForSelector('.actions');
    const button = (name: string) => press(page, name);
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
  },
  60_000,
);

const promotable = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    environments: { dev: { application: argocd/dev }, prod: { promoteFrom: dev } }
`;

function values(tag: string): string {
  return `image: { tag: "${tag}" }\n`;
}

test.skipIf(hasNoBrowser)(
  'a promotion shows its commit before it is confirmed, and the audit has it',
  async () => {
    const platform = await testPlatform({
      routes: promotable,
      files: { 'dev.yaml': values('2'), 'prod.yaml': values('1') },
    });
    const dev = committed('api', 'dev', '2', 50);
    await seedRecords([moveTo(dev, 'healthy', { commit: dev.commit ?? '' }, new Date())], {
      AzureWebJobsStorage: platform.storage,
    });
    const { page, errors } = await openPage(platform, `#/deployments/${dev.update.id}`);
    await signIn(page, platform.key);
    await page.waitForSelector('.actions');
    await press(page, 'Promote');
    await page.waitForSelector('dialog[open]');
    expect(await axeFindings(page)).toEqual([]);
    expect(await text(page, 'dialog')).toContain('the app does not see which key was used');
    await page.type('#action-environment', 'prod');
    await page.type('#action-reason', 'release of the week');
    await page.type('#action-actor', 'Ada');
    await press(page, 'Continue');
    await shows(page, 'dialog', 'This will happen');
    const shown = await text(page, 'dialog');
    expect(shown).toContain(
      'contoso.azurecr.io/api:2 is written to https://dev.azure.com/contoso/platform/_git/gitops',
    );
    expect(shown).toContain('deploy(api): prod 1 → 2');
    expect(shown).toMatch(/-image: \{ tag: "1" \}\s+\+image: \{ tag: "2" \}/);
    expect(await axeFindings(page)).toEqual([]);
    if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/promote.png` });
    expect(await fileAtTip(platform.bare, 'prod.yaml')).toBe(values('1'));
    await press(page, 'Confirm: Promote');
    await shows(page, '.outcome', 'The promotion to prod is queued.');
    await eventually(async () => expect(await fileAtTip(platform.bare, 'prod.yaml')).toBe(values('2')));
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Promote…');
    const { body } = await appApi(platform).get('audit');
    const { entries } = body as { entries: { kind: string }[] };
    expect(entries.filter(({ kind }) => kind === 'act')).toMatchObject([
      {
        act: 'promote',
        route: 'api',
        environment: 'prod',
        tag: '2',
        actor: 'Ada',
        by: 'key',
        reason: 'release of the week',
      },
    ]);
    expect(errors).toEqual([]);
  },
  60_000,
);
