import { afterAll, expect, test } from 'vitest';
import { appApi, updateOf } from '../support/app-api.ts';
import { axeFindings } from '../support/axe.ts';
import { closeBrowser, hasNoBrowser } from '../support/browser.ts';
import { openPage, screenshots, seeded, signIn, text } from './scene.ts';

afterAll(closeBrowser);

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
  await button('Confirm: Freeze prod');
  await page.waitForFunction(`document.querySelector('.outcome').innerText.includes('is frozen')`);
  expect(await list()).toMatchObject({
    freezes: [{ route: 'shop/api', environment: 'prod', reason: 'audit of the year', actor: 'Ada' }],
  });
  // The dry run of the app refuses, so nothing can be confirmed.
  await button('Roll back prod');
  await page.type('#action-reason', 'errors');
  await button('Continue');
  await page.waitForFunction(`document.querySelector('dialog .error').innerText !== ''`);
  expect(await text(page, 'dialog')).not.toContain('This will happen');
  await page.keyboard.press('Escape');
  await page.waitForFunction(`document.querySelector('dialog') === null`);

  const order = async (name: string) => {
    await button(name);
    await page.waitForSelector('dialog[open]');
    // The name is kept from the order before, so the reason is the first field that is empty.
    expect(await page.evaluate('document.activeElement.id')).toBe('action-reason');
    await page.type('#action-reason', 'tidy up');
    await button('Continue');
    await page.waitForFunction(`document.querySelector('dialog').innerText.includes('This will happen')`);
    await button(`Confirm: ${name}`);
    await page.waitForFunction(`document.querySelector('dialog') === null`);
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
