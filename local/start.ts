import { join } from 'node:path';
import { inspect } from 'node:util';
import { buildIfChanged } from '../tools/build-if-changed.ts';
import { startDemo } from './demo/demo.ts';
import type { Demo, DemoOptions } from './demo/demo.ts';
import { git } from './git.ts';
import { OptionError, parseOptions, usage } from './options.ts';
import type { StartOptions } from './options.ts';
import { serve } from './serve.ts';
import { describeStartProblem } from './start-problem.ts';
import { stopWith } from './stop.ts';
import { makeTerminal } from './terminal.ts';
import { seededScene } from './demo/seeded-scene.ts';
import { tryScene } from './demo/try-scene.ts';

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
  await buildIfChanged(join(root, 'dist'));
  if (options.mode === 'serve') return serve(options, { root, env: environment(), stopWith });
  const scene = options.mode === 'try' ? await tryScene({ ...options, root, terminal }) : await seededScene(options);
  await runDemo(startDemo(scene, { ...ports(options), root, env: environment(), terminal, onFatal }), options.once);
}

async function runDemo(starting: Promise<Demo>, once: boolean): Promise<void> {
  let isServing = false;
  stopWith({ close: async () => (await starting).close(), isServing: () => isServing });
  const demo = await starting;
  const end = await demo.play().catch(async (error: unknown) => {
    await demo.close();
    throw error;
  });
  // The signal that stopped it ends the process.
  if (end === 'stopped') return;
  if (once || end === 'missing') {
    await demo.close();
    process.exitCode = end === 'happened' ? 0 : 1;
  } else {
    isServing = true;
    demo.invite();
  }
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
  complain(`The app ended itself: ${inspect(error)}`);
  process.exit(1);
}

/** Not by the console, which takes the lines of the app. */
function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  await main();
} catch (error) {
  const { DEBUG } = process.env;
  const message = error instanceof Error ? (DEBUG ? (error.stack ?? error.message) : error.message) : String(error);
  complain(error instanceof OptionError ? `${message}\n\`npm start -- --help\` lists the options.` : message);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
