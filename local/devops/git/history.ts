import type { BareRepository } from '../store/bare-repository.ts';

/** The best commits that two have in common; none where their histories are unrelated. */
export async function mergeBases(bare: BareRepository, a: string, b: string): Promise<string[]> {
  // Without one, `git merge-base` ends with 1 and prints nothing.
  const output = await bare.gitOfObjects(['merge-base', '--all', a, b], [0, 1]);
  return output.split('\n').filter((line) => line !== '');
}

/** How many commits only the target has (ahead), and how many only the base has (behind). */
export async function countAheadBehind(
  bare: BareRepository,
  base: string,
  target: string,
): Promise<{ ahead: number; behind: number }> {
  const output = await bare.gitOfObjects(['rev-list', '--left-right', '--count', `${base}...${target}`]);
  const [behind = 0, ahead = 0] = output.trim().split('\t').map(Number);
  return { ahead, behind };
}
