import { BareRepository } from '../devops/store/bare-repository.ts';
import { folderMode, fromEntryName, submoduleMode, toEntryName } from '../devops/store/tree.ts';

/** A file at a revision; equal ids mean equal content. */
export interface FileAt {
  readonly path: string;
  readonly id: string;
}

/** Bare repositories by URL, read with Git like in Argo CD's repository server. */
export class Repositories {
  readonly #directories: ReadonlyMap<string, string>;
  readonly #opened = new Map<string, Promise<BareRepository>>();

  /** @param directories URL of a repository, in any form without SSH → its bare repository on this machine */
  constructor(directories: Readonly<Record<string, string>>) {
    this.#directories = new Map(Object.entries(directories).map(([url, directory]) => [keyOf(url), directory]));
  }

  /** The commit of a branch, a tag, `HEAD` or a commit's id. */
  async resolve(url: string, revision: string): Promise<string | undefined> {
    const repository = await this.#open(url);
    if (/^[0-9a-f]{40}$/.test(revision)) return repository.peelToCommit(revision);
    const names =
      revision === 'HEAD'
        ? [await repository.readDefaultBranch()]
        : [`refs/heads/${revision}`, `refs/tags/${revision}`];
    for (const name of names) {
      const id = name === undefined ? undefined : await repository.readRef(name);
      if (id !== undefined) return repository.peelToCommit(id);
    }
    return undefined;
  }

  /** The files below a path at a commit, or the file at the path. */
  async list(url: string, commit: string, path: string): Promise<readonly FileAt[]> {
    const repository = await this.#open(url);
    const content = await repository.readCommit(commit);
    if (!content) throw new Error(`${url} has no commit ${commit}.`);
    const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
    const entry = await repository.entryAt(content.tree, segments.map(toEntryName));
    if (!entry || entry.mode === submoduleMode) return [];
    return entry.mode === folderMode
      ? walk(repository, entry.id, segments.join('/'))
      : [{ path: segments.join('/'), id: entry.id }];
  }

  async read(url: string, id: string): Promise<string> {
    return (await (await this.#open(url)).readBlob(id))?.toString('utf8') ?? '';
  }

  async close(): Promise<void> {
    for (const repository of this.#opened.values()) (await repository).close();
  }

  #open(url: string): Promise<BareRepository> {
    const directory = this.#directories.get(keyOf(url));
    if (directory === undefined) throw new Error(`repository not accessible: ${url}`);
    const opened = this.#opened.get(directory) ?? BareRepository.open(directory, 'main');
    this.#opened.set(directory, opened);
    return opened;
  }
}

async function walk(repository: BareRepository, tree: string, folder: string): Promise<FileAt[]> {
  const files: FileAt[] = [];
  for (const { mode, name, id } of await repository.readTree(tree)) {
    const path = folder === '' ? fromEntryName(name) : `${folder}/${fromEntryName(name)}`;
    if (mode === folderMode) files.push(...(await walk(repository, id, path)));
    else if (mode !== submoduleMode) files.push({ path, id });
  }
  return files;
}

/** URLs of one repository can differ by a user, `.git` and a slash at the end. */
function keyOf(url: string): string {
  return url
    .replace(/^(https?:\/\/)[^/@]*@/i, '$1')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .toLowerCase();
}
