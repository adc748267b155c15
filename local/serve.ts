import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { divertConsole } from './app-console.ts';
import { watchArgoCd } from './argocd-events.ts';
import { formatHostEvent } from './host/host.ts';
import { makeFolder } from './storage/make-folder.ts';
import { startPlatform } from './platform.ts';
import type { Platform, PlatformOptions } from './platform.ts';
import type { StartOptions } from './options.ts';
import { seedServices, serviceApplications, serviceName, servicesRepository, servicesRoutes } from './seed/services.ts';
import type { StopOptions } from './stop.ts';

type ServeOptions = Extract<StartOptions, { mode: 'serve' }>;

export interface ServeContext {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stopWith: (options: StopOptions) => void;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The app's problems with its settings. */
async function readWarnings({ functions, key }: Platform): Promise<readonly string[]> {
  const response = await fetch(`${functions}/api/health/details`, { headers: { 'x-functions-key': key } });
  const report: unknown = await response.json();
  const text = typeof report === 'object' && report !== null && 'text' in report ? report.text : [];
  return Array.isArray(text) ? text.map(String) : [];
}

/** The caller's routes and repositories, or services with an Argo CD. */
async function startServed(
  options: ServeOptions,
  { settings, ...rest }: Omit<PlatformOptions, 'repositories' | 'port' | 'devopsPort' | 'leaseSeconds'>,
): Promise<Platform> {
  const { applications, routesFile } = options;
  if (applications === undefined)
    return startPlatform({
      ...options,
      ...rest,
      settings: { ...settings, ...(routesFile !== undefined && { ROUTES_FILE: routesFile }) },
    });
  const directory = join(options.storage, 'gitops.git');
  if (!existsSync(directory)) {
    await makeFolder(options.storage);
    await seedServices(directory, applications);
  }
  return startPlatform({
    ...options,
    ...rest,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory }],
    argoCd: watchArgoCd(serviceApplications(applications), {}, (name, text) => say(`argocd ${name}: ${text}`)),
    settings: { ...settings, ROUTES: servicesRoutes },
  });
}

function nextSteps({ functions, key, argoCd }: Platform, applications: number): readonly string[] {
  const image = `contoso.azurecr.io/${serviceName(Math.floor(applications / 2))}:1`;
  return [
    `${applications} applications of ${servicesRepository} in Argo CD at ${argoCd?.url ?? ''}`,
    'Push an image of one of them:',
    `export TAGRELAY_URL=${functions} TAGRELAY_KEY=${key}`,
    `npx tagrelay send --image ${image}`,
  ];
}

/**
 * Serves the caller's own routes and repositories. Standard output gets one line of JSON once everything is ready; what
 * the host has to say goes to standard error.
 */
export async function serve(options: ServeOptions, { root, env, stopWith }: ServeContext): Promise<void> {
  divertConsole(say);
  const starting = startServed(options, {
    root,
    settings: env,
    onHostEvent: (event) => {
      const text = formatHostEvent(event);
      if (text !== '') say(text);
    },
    ...(options.scale === 'flex' && { onFlexLine: say }),
    onRemark: say,
    onFatal: (error) => {
      console.error('The app ended itself:', error);
      process.exit(1);
    },
  });
  stopWith({ close: async () => (await starting).close(), isServing: () => true });
  const platform = await starting;
  say(`storage in ${options.storage}`);
  const { functions, devops, key, storage, argoCd } = platform;
  const registries = Object.fromEntries(Array.from(platform.registries, ([host, { url }]) => [host, url]));
  for (const warning of await readWarnings(platform)) say(warning);
  if (options.applications !== undefined) for (const line of nextSteps(platform, options.applications)) say(line);
  process.stdout.write(
    `${JSON.stringify({ ready: true, functions, devops, registries, key, storage, ...(argoCd && { argocd: argoCd.url }) })}\n`,
  );
}
