import { oneLine } from '../model/one-line.ts';
import type { Commit } from './repository.ts';

const longest = 100;

/** The author of a commit, by the name that the host or the commit itself gives. */
export function commitAuthor(name: string | undefined): Pick<Commit, 'author'> {
  const author = oneLine(name ?? '', longest);
  return author === '' ? {} : { author };
}
