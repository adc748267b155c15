import { formatHostEvent } from './host/host.ts';
import { startPlatform } from './platform.ts';
import type { StartOptions } from './options.ts';

export interface ServeContext {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stopWith: (close: () => Promise<void>) => void;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
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
    onFatal: (error) => {
      console.error('The app ended itself:', error);
      process.exit(1);
    },
  });
  stopWith(async () => (await starting).close());
  const platform = await starting;
  say(`storage in ${options.storage}`);
  const { functions, devops, key, storage } = platform;
  process.stdout.write(`${JSON.stringify({ ready: true, functions, devops, key, storage })}\n`);
}
