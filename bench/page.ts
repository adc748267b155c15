import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Functions from '@azure/functions';
import type { HttpHandler } from '@azure/functions';
import { makeListEnvironments } from '../src/functions/environments.ts';
import { makePage } from '../src/functions/page.ts';
import { makeSignIn } from '../src/functions/signed-in.ts';
import { listEnvironments } from '../src/lib/deployments/list-environments.ts';
import { makeTableRows } from '../src/lib/storage/table-rows.ts';
import { findBrowser } from '../test/support/find-browser.ts';
import type { Browser } from '../test/support/find-browser.ts';
import { serveOnLoopback } from '../test/support/loopback-server.ts';
import { buildPage } from '../tools/build-page.ts';
import { Table } from './delivery/table.ts';
import { cells, recordOf, routeTable } from './support/many-records.ts';
import { startRecordsTable } from './support/records-table.ts';

/*
 * npm run bench -- page
 *
 * The page in Chromium with 2,000 environments and 100,000 records, from the navigation on: first paint, and the frame that
 * shows the matrix. Goal: the matrix within 1 s. Then the matrix is scrolled from its beginning to its end.
 */
const { HttpRequest, InvocationContext } = createRequire(import.meta.url)('@azure/functions') as typeof Functions;
const count = 100_000;
const rounds = 9;

/** Scrolls by 120 pixels a frame to the end. The result is the time between the frames. */
const scroll = `new Promise((resolve) => {
  const times = [];
  const step = (time) => {
    times.push(time);
    const before = scrollY;
    scrollBy(0, 120);
    if (scrollY > before) requestAnimationFrame(step);
    else resolve(times.slice(1).map((at, index) => at - times[index]));
  };
  requestAnimationFrame(step);
})`;

const found = await findBrowser();
if ('missing' in found) throw new Error(`no browser runs here: ${found.missing}`);
const folder = await mkdtemp(join(tmpdir(), 'tagrelay-bench-'));
await writeFile(join(folder, 'page.json'), await buildPage());
const storage = await startRecordsTable(Array.from({ length: count }, (_, n) => recordOf(n, count)));
const app = await serveApp(folder);
try {
  await measure(app.url, await found.launch());
} finally {
  await app.close();
  await storage.close();
  await rm(folder, { recursive: true });
}

/** The endpoints that the first view calls. */
function serveApp(root: string) {
  const rows = makeTableRows(storage.settings);
  const routes = routeTable();
  const page = makePage(root);
  const environments = makeListEnvironments({
    listEnvironments: () => listEnvironments(rows),
    routes: () => Promise.resolve(routes),
  });
  const handlers: readonly (readonly [RegExp, HttpHandler])[] = [
    [/^\/api\/ui(?:\/(?<file>[\w.]+))?$/, page],
    [/^\/api\/environments$/, environments],
    [/^\/api\/sign-in$/, makeSignIn(false)],
  ];
  return serveOnLoopback(async (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
    const [handler, params] = handlers.flatMap(([pattern, one]) => {
      const match = pattern.exec(pathname);
      return match ? [[one, match.groups ?? {}] as const] : [];
    })[0] ?? [undefined, {}];
    const answer = handler ? await handler(requestOf(incoming, params), new InvocationContext()) : { status: 404 };
    const { status = 200, headers = {}, body, jsonBody } = answer as Functions.HttpResponseInit;
    response.writeHead(status, Object.fromEntries(new Headers(headers)));
    response.end(jsonBody === undefined ? body : JSON.stringify(jsonBody));
  });
}

function requestOf({ url = '/', headers }: IncomingMessage, params: Readonly<Record<string, string>>) {
  const given = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return new HttpRequest({ method: 'GET', url: `http://localhost${url}`, headers: Object.fromEntries(given), params });
}

async function measure(url: string, browser: Browser): Promise<void> {
  const table = new Table([
    'cells',
    'first paint, median',
    'matrix shown, median',
    'most',
    'processor of the page, median',
    'frame while scrolling, median',
    '95th percentile',
    'load',
  ]);
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1_440, height: 900 });
    const devTools = await page.createCDPSession();
    await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
    // The second frame after the matrix is in the document begins when the first, which shows it, has been made.
    await page.evaluateOnNewDocument(`
      sessionStorage.setItem('tagrelay-key', 'key');
      new MutationObserver((_, observer) => {
        if (!document.querySelector('.matrix')) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame((time) => { window.shownAt = time; }));
      }).observe(document, { childList: true, subtree: true });
    `);
    const [painted, shown, used]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round <= rounds; round += 1) {
      await page.goto('about:blank');
      await page.goto(`${url}/api/ui`);
      await page.waitForFunction('window.shownAt !== undefined');
      const number = Number(await page.evaluate(`document.querySelectorAll('.matrix td[data-environment]').length`));
      if (number !== cells) throw new Error(`${number} cells are shown`);
      const times = `[performance.getEntriesByName('first-paint')[0]?.startTime ?? -1, window.shownAt]`;
      const [paint = NaN, matrix = NaN] = (await page.evaluate(times)) as number[];
      // The first round warms up the app and the browser.
      if (round === 0) continue;
      const { metrics } = await devTools.send('Performance.getMetrics');
      used.push((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1_000);
      painted.push(paint);
      shown.push(matrix);
    }
    const frames = ((await page.evaluate(scroll)) as number[]).toSorted((a, b) => a - b);
    const p95 = frames[Math.floor(frames.length * 0.95)] ?? Number.NaN;
    const load = (loadavg()[0] ?? NaN).toFixed(1);
    table.add([
      String(cells),
      ms(median(painted)),
      ms(median(shown)),
      ms(Math.max(...shown)),
      ms(median(used)),
      ms(median(frames)),
      ms(p95),
      load,
    ]);
    table.print();
  } finally {
    await browser.close();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
