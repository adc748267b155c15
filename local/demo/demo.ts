import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { divertConsole } from '../app-console.ts';
import { watchArgoCd } from '../argocd-events.ts';
import type { ApplicationOptions, Pace } from '../argocd/options.ts';
import type { RepositoryOption } from '../options.ts';
import { startPlatform } from '../platform.ts';
import type { Platform } from '../platform.ts';
import type { Terminal } from '../terminal.ts';
import { Missing } from './missing.ts';
import { showPlatform, showNextSteps } from './next-steps.ts';
import type { DemoImage, Stage } from './stage.ts';
import { Steps } from './steps.ts';

/** The parts that the demo uses. */
export interface Scene {
  /** Makes the bare GitOps repository. */
  readonly seed: (bareDirectory: string) => Promise<void>;
  readonly repository: Omit<RepositoryOption, 'directory'>;
  /** The repository that the image is built from. */
  readonly source?: Omit<RepositoryOption, 'directory'> & { readonly seed: (bareDirectory: string) => Promise<void> };
  /** Those of an Argo CD; without, there is none. */
  readonly applications?: readonly ApplicationOptions[];
  /** The routes, as app settings. */
  readonly settings: Readonly<Record<string, string>>;
  readonly image: DemoImage;
  /** The tag of the command line that is shown at the end. */
  readonly nextTag: string;
  readonly title: string;
  /** @throws {Missing} when something does not happen */
  readonly play: (stage: Stage, sourceDirectory: string) => Promise<void>;
}

export interface DemoOptions {
  readonly root: string;
  readonly port: number;
  readonly devopsPort: number;
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: Terminal;
  readonly onFatal: (error: unknown) => void;
}

export interface Demo {
  /** Plays the story. `stopped`: the demo was closed before its end. */
  readonly play: () => Promise<'happened' | 'missing' | 'stopped'>;
  /** Prints the next steps. */
  readonly invite: () => void;
  readonly close: () => Promise<void>;
}

/** Quick pods; the polls are those of a real Argo CD. */
const pace: Partial<Pace> = {
  syncMs: 150,
  healthMs: 150,
  deadlineMs: 500,
  evaluationMs: 50,
  resyncMs: 2000,
  retryWaitMs: [100, 500],
};

/** The clock of the app runs every minute: too seldom for a soak of seconds. */
const clockMs = 1000;

/** Starts the platform on a temporary folder. */
export async function startDemo(scene: Scene, options: DemoOptions): Promise<Demo> {
  const { terminal } = options;
  const startedAt = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-demo-'));
  // However the process ends, short of being killed.
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const steps = new Steps();
  const gitOps = { ...scene.repository, directory: join(directory, `${scene.repository.name}.git`) };
  const sourceDirectory = join(directory, 'source.git');
  let platform: Platform;
  divertConsole(steps.onConsole);
  try {
    await scene.seed(gitOps.directory);
    await scene.source?.seed(sourceDirectory);
    platform = await startPlatform({
      ...options,
      storage: join(directory, 'storage'),
      repositories: [gitOps, ...(scene.source ? [{ ...scene.source, directory: sourceDirectory }] : [])],
      registries: [{ host: scene.image.registry, port: 0 }],
      settings: { ...options.env, ...scene.settings },
      ...(scene.applications && {
        argoCd: watchArgoCd(scene.applications, pace, steps.onArgoCd),
        isNotifying: true,
      }),
      leaseSeconds: 30,
      onHostEvent: steps.onHostEvent,
      onRemark: steps.onRemark,
      onPush: steps.onPush,
    });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  const stop = new AbortController();
  const { signal } = stop;
  const registry = platform.registries.get(scene.image.registry);
  if (!registry) throw new Error(`no stand-in runs for ${scene.image.registry}`);
  const stage: Stage = { platform, steps, terminal, image: scene.image, registry, gitOps, signal };
  const ready = `ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  terminal.line(`${terminal.style('bold', 'tagrelay')}  ${scene.title}`);
  terminal.line(terminal.style('dim', `Azure DevOps, the registry and Argo CD are stand-ins; ${ready}.`));
  terminal.line();
  const clock = scene.applications ? runClock(platform, signal) : Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    async play() {
      try {
        // A clock that fails ends the story.
        await Promise.race([scene.play(stage, sourceDirectory), clock.then(() => new Promise<never>(() => undefined))]);
        return 'happened';
      } catch (error) {
        if (signal.aborted) return 'stopped';
        if (!(error instanceof Missing)) throw error;
        terminal.line(`  ${terminal.style('red', `Did not happen: ${error.message}.`)}`);
        return 'missing';
      }
    },
    invite() {
      showPlatform(stage, directory);
      showNextSteps(stage, scene.nextTag);
    },
    close: () =>
      (closing ??= (async () => {
        stop.abort();
        await clock.catch(() => undefined); // The story reports it.
        await platform.close();
        await rm(directory, { recursive: true, force: true });
      })()),
  };
}

/** Runs the clock as a person can in Azure: by the admin API of the host. */
async function runClock({ functions, key }: Platform, signal: AbortSignal): Promise<void> {
  const headers = { 'x-functions-key': key, 'content-type': 'application/json' };
  while (!signal.aborted) {
    const response = await fetch(`${functions}/admin/functions/clock`, { method: 'POST', headers, body: '{}' });
    if (!response.ok) throw new Missing(`a run of the clock: ${response.status} ${await response.text()}`);
    await sleep(clockMs, undefined, { signal }).catch(() => undefined); // Aborted: the demo is closed.
  }
}
