import { tryGit, GitProgramError } from './git-program.ts';
import { zeroId } from './object-id.ts';
import { refNamesConflict } from './ref-name.ts';
import { listRefs, readRef } from './refs.ts';
import { clearAbandonedLock } from './abandoned-lock.ts';

/** Moves `name` from one object to another; `zeroId` stands for a ref that is not there. */
export interface RefUpdate {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export type RefUpdateOutcome = 'updated' | 'stale' | 'name-conflict';

/** How long an update waits for another program's lock, in milliseconds. */
const lockPatience = 15_000;

/**
 * Compare-and-swap on a ref, by `git update-ref`, so that other Git programs are kept out by Git's own locks.
 * The refs decide the outcome, never Git's message.
 */
export async function updateRef(directory: string, { name, from, to }: RefUpdate): Promise<RefUpdateOutcome> {
  const deadline = Date.now() + lockPatience;
  const args = to === zeroId ? ['update-ref', '-d', name, from] : ['update-ref', name, to, from];
  for (;;) {
    const { exitCode, stderr } = await tryGit(directory, args);
    if (exitCode === 0) return 'updated';
    if (((await readRef(directory, name)) ?? zeroId) !== from) return 'stale';
    if ((await listRefs(directory)).some((ref) => refNamesConflict(ref.name, name))) return 'name-conflict';
    const lock = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
    if (lock === undefined || Date.now() > deadline) {
      throw new GitProgramError(`${name} of ${directory} could not be moved from ${from} to ${to}: ${stderr.trim()}`);
    }
    await clearAbandonedLock(directory, lock);
  }
}
