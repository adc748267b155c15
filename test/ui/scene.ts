import { makeFigureStore } from '../../src/lib/figures/figure-store.ts';
import { tallyOf } from '../../src/lib/figures/tally.ts';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { updateOf } from '../support/app-api.ts';
import { browserPage } from '../support/browser.ts';
import type { BrowserPage } from '../support/browser.ts';
import { testPlatform } from '../support/platform.ts';
import type { TestPlatform } from '../support/platform.ts';
import { seedRecords } from '../support/seed-records.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments: { dev: { application: argocd/dev }, prod: { promoteFrom: [dev], soak: 2h } }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, prod]
`;
export const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';
export const markup = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
/** The folder for pictures, if there are to be any. */
export const screenshots = process.env['SCREENSHOTS'];

function ago(minutes: number): Date {
  return new Date(Date.now() - minutes * 60_000);
}

export function committed(route: string, environment: string, tag: string, minutes: number): Deployment {
  const update = updateOf(route, environment, route, tag);
  const details = { commit: 'c'.repeat(40), branch: 'main', previous: '1', applications: [`argocd/${environment}`] };
  const record = queued({ ...update, pushedAt: ago(minutes + 1).toISOString() }, gitops, ago(minutes));
  return moveTo(record, 'committed', details, ago(minutes - 0.1));
}

export function records(): readonly Deployment[] {
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

/** The page at its sign-in, and the errors of its console. */
export async function openPage(platform: TestPlatform, hash = '') {
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
export async function openView(
  page: BrowserPage,
  platform: Pick<TestPlatform, 'functions'>,
  hash: string,
): Promise<void> {
  await page.evaluate(`document.querySelector('main').replaceChildren()`);
  await page.goto(`${platform.functions}/api/ui${hash}`);
}

export async function signIn(page: BrowserPage, key: string): Promise<void> {
  await page.evaluate(`document.querySelector('#key').value = ''`);
  await page.type('#key', key);
  await page.click('.sign-in button');
}

export function started(settings: Readonly<Record<string, string>> = {}): Promise<TestPlatform> {
  const files = { 'shop/api/dev.yaml': 'image: { tag: "1" }\n' };
  // The clock would deliver the seeded updates that are due, and change the scene.
  return testPlatform({ routes, files, settings: { 'AzureWebJobs.clock.Disabled': 'true', ...settings } });
}

export async function seeded(more: Readonly<Record<string, string>> = {}): Promise<TestPlatform> {
  const platform = await started(more);
  await seed(platform);
  return platform;
}

export async function seed(platform: TestPlatform): Promise<void> {
  const settings = { AzureWebJobsStorage: platform.storage };
  await seedRecords(records(), settings);
  await makeFigureStore(makeTableRows(settings)).replaceHour('2026010100', tallyOf(records()), '2000-01-01');
}

export const text = (page: BrowserPage, selector = 'main'): Promise<unknown> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);

/** Clicks the first button whose text begins so; as with a mouse, it has the focus then. */
export const press = (page: BrowserPage, name: string): Promise<unknown> =>
  page.evaluate(`{
    const button = [...document.querySelectorAll('button')].find(({ innerText }) => innerText.startsWith(${JSON.stringify(name)}));
    button.focus();
    button.click();
  }`);

/** Waits until the text of an element contains `part`. */
export const shows = (page: BrowserPage, selector: string, part: string): Promise<unknown> =>
  page.waitForFunction(
    `document.querySelector(${JSON.stringify(selector)})?.innerText.includes(${JSON.stringify(part)})`,
  );
