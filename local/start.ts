import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildApp } from '../tools/build.ts';
import { startDemo } from './demo/demo.ts';
import type { Demo, DemoOptions } from './demo/demo.ts';
import { git, seedRepository } from './git.ts';
import { OptionError, parseOptions, usage } from './options.ts';
import type { StartOptions } from './options.ts';
import { serve } from './serve.ts';
import { describeStartProblem } from './start-problem.ts';
import { stopWith } from './stop.ts';
import { makeTerminal } from './terminal.ts';
import { tryScene } from './demo/scene.ts';

const root = join(import.meta.dirname, '..');
const terminal = makeTerminal(process.stdout, process.env);

/** `npm start`: everything without Azure. Exit code 2: called wrongly; 1: something did not happen. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.mode === 'help') return terminal.line(usage);
  try {
    await run(options);
  } catch (error) {
    const problem = describeStartProblem(error, options);
    throw problem === undefined ? error : new Error(problem, { cause: error });
  }
}

async function run(options: Exclude<StartOptions, { mode: 'help' }>): Promise<void> {
  await git(['--version']);
  await buildApp(join(root, 'dist'));
  if (options.mode === 'serve') return serve(options, { root, env: environment(), stopWith });
  const scene = options.mode === 'try' ? await tryScene({ ...options, root, terminal }) : await seededScene();
  await runDemo(startDemo(scene, { ...ports(options), root, env: environment(), terminal, onFatal }), options.once);
}

async function runDemo(starting: Promise<Demo>, once: boolean): Promise<void> {
  let isServing = false;
  stopWith({ close: async () => (await starting).close(), isServing: () => isServing });
  const demo = await starting;
  const succeeded = await demo.pushImage().catch(async (error: unknown) => {
    await demo.close();
    throw error;
  });
  if (once || !succeeded) {
    await demo.close();
    process.exitCode = succeeded ? 0 : 1;
  } else {
    isServing = true;
    demo.invite();
  }
}

/** The repository and the routes that come with the platform. */
async function seededScene(): Promise<Parameters<typeof startDemo>[0]> {
  const seed = join(import.meta.dirname, 'seed');
  return {
    seed: (bareDirectory) => seedRepository(join(seed, 'gitops'), bareDirectory),
    repository: { organization: 'contoso', project: 'platform', name: 'gitops' },
    settings: { ROUTES: await readFile(join(seed, 'routes.yaml'), 'utf8') },
    image: { registry: 'contoso.azurecr.io', repository: 'shop/checkout', tag: '1.8.0' },
    nextTag: '1.9.0',
    loop: {
      source: {
        organization: 'contoso',
        project: 'shop',
        name: 'checkout',
        seed: (bareDirectory) => seedRepository(join(seed, 'checkout'), bareDirectory),
      },
      applications: [
        {
          name: 'checkout-dev',
          sources: [
            {
              repoURL: 'https://dev.azure.com/contoso/platform/_git/gitops',
              path: 'apps/checkout',
              targetRevision: 'main',
            },
          ],
        },
      ],
      question: { environment: 'dev', route: 'shop/checkout' },
    },
  };
}

function ports({
  port,
  devopsPort,
}: Exclude<StartOptions, { mode: 'help' }>): Pick<DemoOptions, 'port' | 'devopsPort'> {
  return { port, devopsPort };
}

function environment(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

function onFatal(error: unknown): never {
  console.error('The app ended itself:', error);
  process.exit(1);
}

try {
  await main();
} catch (error) {
  const { DEBUG } = process.env;
  const message = error instanceof Error ? (DEBUG ? (error.stack ?? error.message) : error.message) : String(error);
  console.error(error instanceof OptionError ? `${message}\n\n${usage}` : message);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
