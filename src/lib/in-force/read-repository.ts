import { decode } from '../edit/yaml/decode.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import { Failure } from '../model/failure.ts';
import { folderOf, wordsOf } from '../routes/routes-source.ts';
import type { RoutesSource } from '../routes/routes-source.ts';
import { isSamePlace } from './git-state.ts';
import type { RoutesRepository } from './git-state.ts';

type Version = { readonly text: string } | { readonly unreadable: string };

export interface ReadRepository {
  readonly repository: RoutesRepository;
  /** Absent if they are those of the previous state. */
  readonly files?: ReadonlyMap<string, Version>;
}

/**
 * Reads the documents at the tip of a branch. One request if the tip has not moved.
 *
 * @param sources the sources of this repository and branch
 */
export async function readRepository(
  sources: readonly RoutesSource[],
  previous: RoutesRepository | undefined,
  open: (url: string) => Pick<GitOpsRepository, 'tip' | 'list' | 'read'>,
): Promise<ReadRepository> {
  const [first] = sources;
  if (!first) throw new Error('a repository without sources');
  const place = { repository: first.repository, ...(first.branch !== undefined && { branch: first.branch }) };
  const paths = sources.map(({ path }) => path).toSorted();
  const { failure: _, ...known } = previous ?? { ...place, paths: [] };
  try {
    const git = open(first.repository);
    const tip = await git.tip(first.branch);
    const isSame = tip.commit === known.tip?.commit && tip.branch === known.tip.branch;
    if (isSame && JSON.stringify(paths) === JSON.stringify(known.paths)) return { repository: known };
    const listed = await Promise.all([...new Set(sources.map(folderOf))].map((folder) => git.list(tip.commit, folder)));
    const wanted = [...new Set(listed.flat())]
      .filter((path) => sources.some((source) => isSamePlace(source, place) && wordsOf(source, path)))
      .toSorted();
    return { repository: { ...known, paths, tip }, files: await readFiles(git, tip.commit, wanted) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { repository: { ...known, failure: `${error.code}: ${error.message}` } };
  }
}

/** A file that cannot be read does not keep the others from being read. */
async function readFiles(
  git: Pick<GitOpsRepository, 'read'>,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Version>> {
  const versions = new Map<string, Version>();
  const readInto = async (some: readonly string[]): Promise<void> => {
    const files = await git.read(commit, some);
    for (const [path, bytes] of files) versions.set(path, decoded(path, bytes));
  };
  try {
    await readInto(paths);
  } catch (error) {
    if (!isOfFile(error)) throw error;
    for (const path of paths) {
      await readInto([path]).catch((one: unknown) => {
        if (!isOfFile(one)) throw one;
        versions.set(path, { unreadable: one.message });
      });
    }
  }
  return new Map(
    paths.flatMap((path) => {
      const version = versions.get(path);
      return version ? [[path, version] as const] : [];
    }),
  );
}

function decoded(path: string, bytes: Uint8Array): Version {
  try {
    return { text: decode(path, bytes) };
  } catch (error) {
    if (isOfFile(error)) return { unreadable: error.message };
    throw error;
  }
}

function isOfFile(error: unknown): error is Failure {
  return error instanceof Failure && (error.code === 'file-too-large' || error.code === 'file-not-text');
}
