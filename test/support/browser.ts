import { onTestFinished } from 'vitest';
import { findBrowser } from './find-browser.ts';
import type { Browser, BrowserPage } from './find-browser.ts';

export type { BrowserPage } from './find-browser.ts';

const found = await findBrowser();
let running: Promise<Browser> | undefined;

/** Whether no browser runs here; its tests are skipped then. */
export const hasNoBrowser = 'missing' in found;
if ('missing' in found) process.stderr.write(`The tests in a browser are skipped: ${found.missing}\n`);

/** A new page, closed when the test has ended. */
export async function browserPage(): Promise<BrowserPage> {
  if ('missing' in found) throw new Error(found.missing);
  running ??= found.launch();
  const page = await (await running).newPage();
  onTestFinished(() => page.close());
  return page;
}

/** To be called when all tests of a file have ended. The next file of the same process launches another. */
export async function closeBrowser(): Promise<void> {
  const browser = await running;
  running = undefined;
  await browser?.close();
}
