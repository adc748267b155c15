import { buildLabels } from '../demo/build.ts';
import type { Stage } from '../demo/stage.ts';
import { git } from '../git.ts';

/** The conditions of an environment on the build of its images, as `tagrelay check --expand` shows them. */
export interface BuildConditions {
  readonly from?:
    | { readonly branches?: readonly string[] | undefined; readonly reasons?: readonly string[] | undefined }
    | undefined;
  readonly build?:
    | {
        readonly definition?: string | number | undefined;
        readonly repository?: string | undefined;
        readonly tag?: string | undefined;
      }
    | undefined;
}

/** Starts a build that meets the conditions. @returns the labels of the image that it pushes */
export async function makeBuild(
  { platform, gitOps, image }: Pick<Stage, 'platform' | 'gitOps' | 'image'>,
  { from, build: named }: BuildConditions,
): Promise<Readonly<Record<string, string>>> {
  const { organization, project } = gitOps;
  const head = (await git(['rev-parse', 'HEAD'], gitOps.directory)).trim();
  const { buildId, buildNumber, sourceVersion } = partsOf(named?.tag ?? '', image.tag);
  const name = image.repository.replace(/^.*\//, '');
  const repository = repositoryOf(named?.repository, `https://dev.azure.com/${organization}/${project}/_git/${name}`);
  const { definition = name } = named ?? {};
  const build = platform.azureDevOps.builds.start({
    organization,
    project,
    definition: typeof definition === 'number' ? { id: definition, name } : { id: 1, name: definition },
    repository,
    sourceBranch: sampleBranch(from?.branches?.find((branch) => !branch.startsWith('-')) ?? 'main'),
    sourceVersion: sourceVersion?.padEnd(40, '0') ?? head,
    ...(buildId !== undefined && { id: Number(buildId) }),
    ...(buildNumber !== undefined && { buildNumber }),
    ...(from?.reasons?.[0] !== undefined && { reason: from.reasons[0] as 'individualCI' }),
  });
  return buildLabels(build, repository.url);
}

function repositoryOf(
  named: string | undefined,
  fallback: string,
): { readonly id: string; readonly type: 'TfsGit' | 'GitHub'; readonly name: string; readonly url: string } {
  const url = named?.includes('://') ? named : fallback;
  const name = named !== undefined && !named.includes('://') ? named : url.replace(/\.git$/, '').replace(/^.*\//, '');
  const isGitHub = new URL(url).host === 'github.com';
  return {
    id: name,
    type: isGitHub ? 'GitHub' : 'TfsGit',
    name: isGitHub ? new URL(url).pathname.slice(1) : name,
    url,
  };
}

/** A branch that the filter accepts. */
function sampleBranch(filter: string): string {
  const branch = filter.replace(/^\+/, '').replaceAll('*', 'x').replaceAll('?', 'x');
  return branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;
}

/** The parts of a build in a tag, by the template of `build.tag`. */
function partsOf(template: string, tag: string): Readonly<Record<string, string>> {
  const pattern = template
    .replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll(/\{(\w+)(?::\d+)?\}/g, '(?<$1>.+)');
  return new RegExp(`^${pattern}$`).exec(tag)?.groups ?? {};
}
