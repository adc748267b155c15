import { git } from '../git.ts';
import { askEmulator } from './ask-emulator.ts';
import { Missing } from './missing.ts';
import type { Stage } from './stage.ts';

/** The lines of a values file that name the image's version. */
export async function versionIn({ gitOps }: Stage, branch: string, file: string): Promise<string> {
  const text = await git(['show', `${branch}:${file}`], gitOps.directory);
  const part = (name: string): string => new RegExp(`^ *${name}: "?([^"\\s]+)"?`, 'm').exec(text)?.[1] ?? '';
  return `${part('tag')}@${part('digest')}`;
}

/**
 * The source branch of a pull request that waits.
 *
 * @throws {Missing} if it is not active
 */
export async function proposedBranch({ platform, gitOps }: Stage, number: number): Promise<string> {
  const { organization, project, name } = gitOps;
  const found = (await askEmulator(
    platform,
    `${organization}/${project}/_apis/git/repositories/${name}/pullrequests/${number}`,
  )) as Readonly<Record<'status' | 'sourceRefName', string>>;
  if (found.status !== 'active') throw new Missing(`an active pull request ${number}: it is ${found.status}`);
  return found.sourceRefName;
}
