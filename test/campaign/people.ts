import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../local/git.ts';
import { personsValue } from './scenario.ts';
import type { PlannedEdit } from './scenario.ts';
import { readFileValues, renderFile, sameValue } from './slots.ts';
import type { Value } from './slots.ts';

const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@contoso.example'];
const maxTries = 10;

/** Somebody with a clone of the GitOps repository, who edits and pushes as people do. */
export interface Person {
  /** Makes the edit and pushes it; `undefined` where there was nothing to change. */
  readonly edit: (edit: PlannedEdit) => Promise<string | undefined>;
}

export async function makePerson(bare: string, clone: string): Promise<Person> {
  await git(['clone', '--quiet', '--no-checkout', bare, clone]);
  let last: Promise<unknown> = Promise.resolve();
  /** The tip of the branch at which there was nothing to change. A look at one tip again costs fourteen git processes. */
  const fruitless = new Map<PlannedEdit, string>();
  const editOnce = async (edit: PlannedEdit): Promise<string | undefined> => {
    const tip = await git(['rev-parse', `refs/heads/${edit.branch}`], bare);
    if (fruitless.get(edit) === tip) return undefined;
    const commit = await commitAndPush(clone, edit);
    if (commit === undefined) fruitless.set(edit, tip);
    return commit;
  };
  return {
    edit(edit) {
      // One clone: one edit at a time.
      const made = last.then(() => editOnce(edit));
      last = made.catch(() => undefined); // The error is the caller's.
      return made;
    },
  };
}

async function commitAndPush(clone: string, edit: PlannedEdit): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const commit = await commitEdit(clone, edit);
    if (commit === undefined) return undefined;
    try {
      await git(['push', '--quiet', 'origin', `${commit}:refs/heads/${edit.branch}`], clone);
      return commit;
    } catch (error) {
      // The app was faster: fetch and do it again.
      if (tries === maxTries) throw error;
    }
  }
}

async function commitEdit(clone: string, { branch, slot, action }: PlannedEdit): Promise<string | undefined> {
  await git(['fetch', '--quiet', 'origin', branch], clone);
  await git(['checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD'], clone);
  const values = await valuesAt(clone, 'HEAD', slot.file);
  const wanted = action === 'revert' ? await olderValue(clone, slot.file, slot.name) : personsValue(slot.kind, action);
  if (wanted === undefined || sameValue(wanted, values.get(slot.name))) return undefined;
  await writeFile(join(clone, slot.file), renderFile(slot.file, new Map([...values, [slot.name, wanted]])));
  await git([...identity, 'commit', '--quiet', '--all', '--message', `${action}: ${slot.name}`], clone);
  return (await git(['rev-parse', 'HEAD'], clone)).trim();
}

/** What the slot held before it held what it holds now. */
async function olderValue(clone: string, file: string, slot: string): Promise<Value | undefined> {
  const commits = (await git(['log', '-10', '--format=%H', '--', file], clone)).split('\n').filter((id) => id !== '');
  let now: Value | undefined;
  for (const commit of commits) {
    const value = (await valuesAt(clone, commit, file)).get(slot);
    now ??= value;
    if (!sameValue(now, value)) return value;
  }
  return undefined;
}

async function valuesAt(clone: string, commit: string, file: string): Promise<ReadonlyMap<string, Value>> {
  return readFileValues(file, await git(['show', `${commit}:${file}`], clone));
}
