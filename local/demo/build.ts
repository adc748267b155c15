import type { RunningTask } from '../devops/pipeline/pipeline.ts';
import type { Build, BuildResult } from '../devops/builds/build.ts';
import type { RepositoryOption } from '../options.ts';
import { askEmulator } from './ask-emulator.ts';
import type { Stage } from './stage.ts';

/** A build of the demo's pipeline: it pushes an image, and waits at its gate. */
export interface DemoBuild {
  /** The labels that the task `Docker@2` of the pipeline writes into the image. */
  readonly labels: Readonly<Record<string, string>>;
  /** The pipeline comes to its gate. */
  readonly wait: () => RunningTask;
  /** The results that people see by now. */
  readonly shown: (gitOpsCommit: string) => Promise<Shown>;
  readonly finish: (result: BuildResult) => void;
}

export interface Shown {
  /** Descriptions of statuses that succeeded. */
  readonly onCommit: readonly string[];
  readonly onSource: readonly string[];
  readonly tags: readonly string[];
}

/** The source of a build; its name is that of the pipeline too. */
export interface BuildSource extends Omit<RepositoryOption, 'directory'> {
  readonly commit: string;
}

/** Starts a build. Its gate asks the question. */
export function startBuild(
  { platform, gitOps }: Pick<Stage, 'platform' | 'gitOps'>,
  source: BuildSource,
  question: { readonly environment: string; readonly route: string },
): DemoBuild {
  const { organization, project, name, commit } = source;
  const url = `https://dev.azure.com/${organization}/${project}/_git/${name}`;
  const build = platform.azureDevOps.builds.start({
    organization,
    project,
    definition: { id: 1, name },
    repository: { id: name, type: 'TfsGit', name, url },
    sourceVersion: commit,
  });
  const list = (path: string): Promise<readonly unknown[]> => listFrom(platform, `${organization}/${path}`);
  return {
    labels: buildLabels(build, url),
    wait: () =>
      platform.azureDevOps.pipeline.run(
        { build },
        {
          url: `${platform.functions}/api/gates`,
          key: platform.key,
          headers: { BuildId: String(build.id) },
          body: JSON.stringify(question),
        },
      ),
    async shown(gitOpsCommit) {
      const statuses = 'statuses?latestOnly=true';
      const [onCommit, onSource, tags] = await Promise.all([
        list(`${gitOps.project}/_apis/git/repositories/${gitOps.name}/commits/${gitOpsCommit}/${statuses}`),
        list(`${project}/_apis/git/repositories/${name}/commits/${commit}/${statuses}`),
        list(`${project}/_apis/build/builds/${build.id}/tags`),
      ]);
      return { onCommit: succeeded(onCommit), onSource: succeeded(onSource), tags: tags.map(String) };
    },
    finish: (result) => void platform.azureDevOps.builds.finish(build.id, result),
  };
}

/** The labels that the task `Docker@2` writes into the image of a build. */
export function buildLabels(
  { id, buildNumber, sourceVersion, organization, project }: Build,
  repositoryUrl: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries([
    label('build.builduri', `vstfs:///Build/Build/${id}`),
    label('build.buildnumber', buildNumber),
    label('build.sourceversion', sourceVersion),
    label('build.repository.uri', repositoryUrl),
    label('system.teamfoundationcollectionuri', `https://dev.azure.com/${organization}/`),
    label('system.teamproject', project),
  ]);
}

function label(part: string, value: string): readonly [string, string] {
  return [`com.azure.dev.image.${part}`, value];
}

function succeeded(statuses: readonly unknown[]): readonly string[] {
  return statuses.flatMap((status) => {
    const { state, description } = status as Readonly<Record<'state' | 'description', string>>;
    return state === 'succeeded' ? [description] : [];
  });
}

async function listFrom(platform: Stage['platform'], path: string): Promise<readonly unknown[]> {
  return ((await askEmulator(platform, path)) as { readonly value: readonly unknown[] }).value;
}
