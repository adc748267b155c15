import { existsSync } from 'node:fs';

/** The part of a page of puppeteer that tests need. The packages are optional, so their types are not imported. */
export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMediaFeatures(features: readonly { readonly name: string; readonly value: string }[]): Promise<void>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForFunction(script: string): Promise<unknown>;
  type(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  select(selector: string, ...values: string[]): Promise<unknown>;
  deleteCookie(cookie: { readonly name: string }): Promise<void>;
  evaluate(script: string): Promise<unknown>;
  screenshot(options: { readonly path: string; readonly fullPage?: boolean }): Promise<unknown>;
  createCDPSession(): Promise<DevTools>;
  evaluateOnNewDocument(script: string): Promise<unknown>;
  on(event: 'pageerror' | 'console' | 'request', listener: (value: BrowserEvent) => void): void;
  readonly keyboard: { press(key: string): Promise<void> };
  setBypassCSP(isBypassed: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The part of the DevTools protocol that benches need. */
interface DevTools {
  send(method: 'Performance.enable', options: { readonly timeDomain: 'threadTicks' }): Promise<unknown>;
  send(
    method: 'Performance.getMetrics',
  ): Promise<{ readonly metrics: readonly { readonly name: string; readonly value: number }[] }>;
}

/** An error, a console message or a request. */
export interface BrowserEvent {
  readonly message?: string;
  text?(): string;
  type?(): string;
  url?(): string;
  headers?(): Readonly<Record<string, string>>;
}

export interface Browser {
  newPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}

interface Launcher {
  launch(options: object): Promise<Browser>;
}

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const args = ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-dev-shm-usage'];

type Found = { readonly launch: () => Promise<Browser> } | { readonly missing: string };

/** Chromium of the package `@sparticuz/chromium`, else of the system; or why there is none. */
export async function findBrowser(): Promise<Found> {
  try {
    const { default: puppeteer } = (await load('puppeteer-core')) as { readonly default: Launcher };
    const executablePath = systemBrowsers.find((path) => existsSync(path)) ?? (await unpackBrowser());
    const launch = (): Promise<Browser> => puppeteer.launch({ executablePath, args, headless: 'shell' });
    const browser = await launch();
    await browser.close();
    return { launch };
  } catch (error) {
    return { missing: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

async function unpackBrowser(): Promise<string> {
  const { default: chromium } = (await load('@sparticuz/chromium')) as {
    readonly default: { executablePath(): Promise<string> };
  };
  return chromium.executablePath();
}

function load(name: string): Promise<unknown> {
  return import(name) as Promise<unknown>;
}
