import { formatHostEvent } from './host/host.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import type { StartOptions } from './options.ts';
import type { StopOptions } from './stop.ts';

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

/**
 * Serves the caller's own routes and repositories. Standard output gets one line of JSON once everything is ready; what
 * the host has to say goes to standard error.
 */
export async function serve(
  options: Extract<StartOptions, { mode: 'serve' }>,
  { root, env, stopWith }: ServeContext,
): Promise<void> {
  const starting = startPlatform({
    ...options,
    root,
    settings: { ...env, ROUTES_FILE: options.routesFile },
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
  const { functions, devops, key, storage } = platform;
  const registries = Object.fromEntries(Array.from(platform.registries, ([host, { url }]) => [host, url]));
  for (const warning of await readWarnings(platform)) say(warning);
  process.stdout.write(`${JSON.stringify({ ready: true, functions, devops, registries, key, storage })}\n`);
}
