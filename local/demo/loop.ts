import type { ArgoCd } from '../argocd/argocd.ts';
import type { WatchedArgoCd } from '../argocd-events.ts';
import type { ApplicationOptions, Pace } from '../argocd/options.ts';
import type { RunningTask } from '../devops/pipeline/pipeline.ts';
import { git } from '../git.ts';
import type { RepositoryOption } from '../options.ts';
import type { Platform } from '../platform.ts';

/** The parts that close the loop of a demo: the pipeline that builds the image and waits at a gate, and Argo CD. */
export interface LoopScene {
  /** Where the image is built from; its name is that of its pipeline too. */
  readonly source: Omit<RepositoryOption, 'directory'> & { readonly seed: (bareDirectory: string) => Promise<void> };
  readonly applications: readonly ApplicationOptions[];
  /** The question of the gate. */
  readonly question: { readonly environment: string; readonly route: string };
}

export interface Loop {
  /** The labels that the task `Docker@2` of the pipeline writes into the image. */
  readonly labels: Readonly<Record<string, string>>;
  readonly argoCd: ArgoCd;
  /** How far away Argo CD's poll was when tagrelay refreshed the application, in milliseconds. */
  readonly pollAwayMs: () => number | undefined;
  /** The pipeline comes to its gate. */
  readonly wait: () => RunningTask;
  /** The results for people: on both commits and on the build. */
  readonly shown: (gitOpsCommit: string) => Promise<readonly Shown[]>;
  readonly close: () => void;
}

/** One thing that is shown, and where. */
export interface Shown {
  readonly where: string;
  readonly state: string;
  readonly text: string;
}

export interface LoopOptions {
  readonly scene: LoopScene;
  readonly platform: Platform;
  readonly sourceDirectory: string;
  readonly gitOps: RepositoryOption;
  readonly argoCd: WatchedArgoCd;
}

/** Quick pods; the polls are those of a real Argo CD. */
export const demoPace: Partial<Pace> = {
  syncMs: 150,
  healthMs: 150,
  evaluationMs: 50,
  resyncMs: 2000,
  retryWaitMs: [100, 500],
};

/** Starts the build. */
export async function startLoop(options: LoopOptions): Promise<Loop> {
  const { scene, platform, sourceDirectory, gitOps } = options;
  if (!platform.argoCd) throw new Error('the demo has no Argo CD');
  const { organization, project, name } = scene.source;
  const collection = `https://dev.azure.com/${organization}`;
  const url = `${collection}/${project}/_git/${name}`;
  const commit = (await git(['rev-parse', 'main'], sourceDirectory)).trim();
  const build = platform.azureDevOps.builds.start({
    organization,
    project,
    definition: { id: 1, name },
    repository: { id: name, type: 'TfsGit', name, url },
    sourceVersion: commit,
  });
  return {
    argoCd: platform.argoCd,
    pollAwayMs: options.argoCd.pollAwayMs,
    labels: Object.fromEntries([
      label('build.builduri', `vstfs:///Build/Build/${build.id}`),
      label('build.buildnumber', build.buildNumber),
      label('build.sourceversion', commit),
      label('build.repository.uri', url),
      label('system.teamfoundationcollectionuri', `${collection}/`),
      label('system.teamproject', project),
    ]),
    wait: () =>
      platform.azureDevOps.pipeline.run(
        { build },
        {
          url: `${platform.functions}/api/gates`,
          key: platform.key,
          headers: { BuildId: String(build.id) },
          body: JSON.stringify(scene.question),
        },
      ),
    async shown(gitOpsCommit) {
      const api = apiOf(platform, organization);
      const [onGitOps, onSource, tags] = await Promise.all([
        api(`${gitOps.project}/_apis/git/repositories/${gitOps.name}/commits/${gitOpsCommit}/statuses?latestOnly=true`),
        api(`${project}/_apis/git/repositories/${name}/commits/${commit}/statuses?latestOnly=true`),
        api(`${project}/_apis/build/builds/${build.id}/tags`),
      ]);
      return [
        ...statusesAt(`${gitOps.name} ${gitOpsCommit.slice(0, 10)}`, onGitOps),
        ...statusesAt(`${name} ${commit.slice(0, 10)}`, onSource),
        ...tags.map((tag) => ({ where: `build ${build.buildNumber}`, state: 'tag', text: String(tag) })),
      ];
    },
    close() {
      platform.azureDevOps.builds.finish(build.id, 'succeeded');
    },
  };
}

function label(part: string, value: string): readonly [string, string] {
  return [`com.azure.dev.image.${part}`, value];
}

function statusesAt(where: string, statuses: readonly unknown[]): Shown[] {
  return statuses.map((status) => {
    const { state, description, context } = status as Record<'state' | 'description', string> & {
      readonly context: { readonly name: string };
    };
    return { where, state, text: `${context.name}: ${description}` };
  });
}

/** Asks the emulator as a person's tool would. */
function apiOf({ devops, key }: Platform, organization: string): (path: string) => Promise<readonly unknown[]> {
  const authorization = `Basic ${Buffer.from(`:${key}`).toString('base64')}`;
  return async (path) => {
    const url = `${devops}/${organization}/${path}${path.includes('?') ? '&' : '?'}api-version=7.1`;
    const response = await fetch(url, { headers: { authorization } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { readonly value: readonly unknown[] }).value;
  };
}
