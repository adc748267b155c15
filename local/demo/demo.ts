import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { showEnd, waitAtGate } from './end.ts';
import { startPlatform } from '../platform.ts';
import type { Platform } from '../platform.ts';
import { watchArgoCd } from '../argocd-events.ts';
import { demoPace, startLoop } from './loop.ts';
import type { Loop, LoopScene } from './loop.ts';
import { isEnd, Steps } from './steps.ts';
import type { Step } from './steps.ts';
import { tellStory } from './story.ts';
import type { Terminal } from '../terminal.ts';
import { manifestType, pushByHttp } from '../registry/client.ts';
import type { Registry } from '../registry/registry.ts';

/** The parts that the demo uses. */
export interface Scene {
  /** Makes the bare GitOps repository. */
  readonly seed: (bareDirectory: string) => Promise<void>;
  readonly repository: { readonly organization: string; readonly project: string; readonly name: string };
  /** The routes, as app settings. */
  readonly settings: Readonly<Record<string, string>>;
  readonly image: DemoImage;
  /** The tag of the command line that is shown at the end. */
  readonly nextTag: string;
  /** Without it the demo ends with the commit. */
  readonly loop?: LoopScene;
}

export interface DemoImage {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
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
  /** Pushes the image; true if every step happened: from received to committed, or to the green gate. */
  readonly pushImage: () => Promise<boolean>;
  /** Prints the next steps. */
  readonly invite: () => void;
  readonly close: () => Promise<void>;
}

const expectedSteps = ['received', 'queued', 'routed', 'committed'];
const patienceMs = 45_000;
/** An event that goes to several environments is over when none has begun for this long after the last has ended. */
const quietMs = 150;

/** Starts the platform on a temporary folder, ready to show one pushed image become one commit. */
export async function startDemo(scene: Scene, options: DemoOptions): Promise<Demo> {
  const startedAt = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-demo-'));
  // However the process ends, short of being killed.
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const steps = new Steps();
  try {
    const gitOps = { ...scene.repository, directory: join(directory, `${scene.repository.name}.git`) };
    await scene.seed(gitOps.directory);
    const { source } = scene.loop ?? {};
    const sourceDirectory = join(directory, 'source.git');
    if (source) await source.seed(sourceDirectory);
    const argoCd = scene.loop && watchArgoCd(scene.loop.applications, demoPace, steps.onArgoCd);
    const platform = await startPlatform({
      ...options,
      storage: join(directory, 'storage'),
      repositories: [gitOps, ...(source ? [{ ...source, directory: sourceDirectory }] : [])],
      registries: [{ host: scene.image.registry, port: 0 }],
      settings: { ...options.env, ...scene.settings },
      ...(argoCd && { argoCd: argoCd.options, isNotifying: true }),
      leaseSeconds: 30,
      onHostEvent: steps.onHostEvent,
      onRemark: steps.onRemark,
      onPush: steps.onPush,
    });
    const loop =
      scene.loop && argoCd
        ? await startLoop({ scene: scene.loop, platform, sourceDirectory, gitOps, argoCd }).catch(
            async (error: unknown) => {
              await platform.close();
              throw error;
            },
          )
        : undefined;
    return stage(scene, platform, steps, loop, { ...options, directory, startedAt });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function stage(
  scene: Scene,
  platform: Platform,
  steps: Steps,
  loop: Loop | undefined,
  options: DemoOptions & { directory: string; startedAt: number },
): Demo {
  const { terminal, directory } = options;
  const { style } = terminal;
  const { organization, project, name } = scene.repository;
  const ready = `after ${((performance.now() - options.startedAt) / 1000).toFixed(1)} s`;
  terminal.line();
  terminal.line(`${style('bold', 'tagrelay')}  a pushed image becomes one commit in the GitOps repository`);
  terminal.line();
  terminal.line(
    fact('functions', platform.functions, `${platform.functionNames.length} functions on the local host`, terminal),
  );
  terminal.line(fact('Azure DevOps', platform.devops, `emulator of ${organization}/${project}/_git/${name}`, terminal));
  const standIn = registryOf(scene, platform);
  terminal.line(fact('registry', standIn.url, `stands in for ${scene.image.registry}`, terminal));
  if (loop) terminal.line(fact('Argo CD', loop.argoCd.url, 'stand-in; polls every 2 to 3 minutes', terminal));
  terminal.line(fact('storage', 'Azurite', `in ${directory}`, terminal));
  terminal.line(fact('ready', ready, '', terminal));
  terminal.line();
  const story = tellStory(steps, terminal);

  return {
    async pushImage() {
      const { registry, repository, tag } = scene.image;
      terminal.line(`  ${style('bold', `${registry}/${repository}:${tag}`)} is pushed to the registry:`);
      terminal.line();
      const startedAt = performance.now();
      story.begin();
      const { seen, endedAt } = await pushAndWatch(scene, standIn, platform, steps, loop);
      const gate = loop && seen.has('committed') ? await waitAtGate(loop, steps) : undefined;
      await story.settled();
      const missing = [
        ...expectedSteps.filter((step) => !seen.has(step)),
        ...(loop && gate?.result !== 'succeeded' ? [gate?.problem ?? 'a green gate'] : []),
      ];
      if (loop && gate) {
        const commit = seen.get('committed')?.['commit'] ?? '';
        missing.push(...(await showEnd(loop, gate.log, commit, story.settled, terminal)));
      } else terminal.line();
      if (missing.length > 0) terminal.line(`  ${style('red', `Did not happen: ${missing.join(', ')}.`)}`);
      else {
        const all = gate ? `, to the green gate in ${Math.round(gate.at - startedAt)} ms` : '';
        terminal.line(`  ${style('green', `From push to commit in ${Math.round(endedAt - startedAt)} ms${all}.`)}`);
        const away = loop?.pollAwayMs();
        if (away !== undefined)
          terminal.line(`  Without the refresh, Argo CD would have polled ${Math.round(away / 1000)} s later.`);
      }
      return missing.length === 0;
    },
    invite() {
      const clone = new URL(`${platform.devops}/${organization}/${project}/_git/${name}`);
      terminal.line();
      terminal.line(style('bold', 'Continue with the command line:'));
      terminal.line(`export TAGRELAY_URL=${platform.functions} TAGRELAY_KEY=${platform.key}`);
      terminal.line('npx tagrelay status');
      terminal.line(style('bold', 'Push one more:'));
      for (const line of pushLines(scene, standIn.url)) terminal.line(line);
      terminal.line(style('bold', 'See the history:'));
      terminal.line(`git clone ${clone.href.replace('://', '://me:$TAGRELAY_KEY@')}`);
      terminal.line(`git -C ${name} log -p`);
      terminal.line();
      terminal.line(style('dim', 'Ctrl-C stops it.'));
      terminal.line();
    },
    async close() {
      loop?.close();
      await platform.close();
      await story.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function fact(name: string, value: string, remark: string, { style }: Terminal): string {
  return `  ${name.padEnd(14)}${style('cyan', value.padEnd(23))} ${style('dim', remark)}`.trimEnd();
}

function registryOf({ image }: Scene, { registries }: Platform): Registry {
  const registry = registries.get(image.registry);
  if (!registry) throw new Error(`no stand-in runs for ${image.registry}`);
  return registry;
}

/** Commands that push the image under the next tag, ready to be pasted: the bytes that are there, once more. */
function pushLines({ image, nextTag }: Scene, registry: string): readonly string[] {
  return [
    `M=${registry}/v2/${image.repository}/manifests`,
    `curl -s -u me:$TAGRELAY_KEY $M/${image.tag} |`,
    `  curl -i -u me:$TAGRELAY_KEY -X PUT --data-binary @- \\`,
    `  -H 'content-type: ${manifestType}' $M/${nextTag}`,
  ];
}

/** Pushes the image and gathers the steps until every update that was routed has ended. */
async function pushAndWatch(
  { image }: Scene,
  { url }: Registry,
  { key }: Platform,
  steps: Steps,
  loop: Loop | undefined,
): Promise<{ readonly seen: ReadonlyMap<string, Step['fields']>; readonly endedAt: number }> {
  const seen = new Map<string, Step['fields']>();
  let open = 0;
  let endedAt = performance.now();
  let ended: NodeJS.Timeout | undefined;
  const allEnded = new AbortController();
  const stopListening = steps.listen((step) => {
    seen.set(step.name, step.fields);
    if (step.name === 'routed') open += 1;
    else if (isEnd(step)) open -= 1;
    else if (step.name !== 'not-taken') return;
    endedAt = step.at;
    clearTimeout(ended);
    if (open <= 0) ended = setTimeout(() => allEnded.abort(), quietMs);
  });
  await pushByHttp({ url, user: { name: 'me', password: key } }, { ...image, ...(loop && { labels: loop.labels }) });
  await sleep(patienceMs, undefined, { signal: allEnded.signal }).catch(() => undefined); // Aborted: all have ended.
  stopListening();
  return { seen, endedAt };
}
