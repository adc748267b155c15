import type { GitApi } from 'azure-devops-node-api/GitApi.js';
import {
  GitObjectType,
  GitVersionType,
  VersionControlRecursionType,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { DevOpsHttp } from '../../azure-devops/http.ts';
import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { AnswerTooLarge } from '../../net/send.ts';
import { maxFileBytes } from '../../edit/yaml/decode.ts';
import { fileTooLarge } from '../file-too-large.ts';
import { pushBody } from './push-body.ts';
import { removeWhileOurs, wasMadeBy } from './recreated-branch.ts';
import { commitAuthor } from '../commit-author.ts';
import type { Commit, CommitsAbove, GitOpsRepository, MayMatter, RecreatingPush } from '../repository.ts';
import type { AzureReposAddress } from '../../net/repository-url.ts';

/** How long the name of a repository's default branch is believed. */
const defaultBranchMs = 60_000;
/** Messages of commits that are read at a time. */
const messagesAtOnce = 8;
/** The id that Azure Repos writes where no commit exists. */
export const zeroObjectId = '0'.repeat(40);
/** Location of the `items` resource, fixed by Azure DevOps for all collections. */
const itemsLocation = 'fb93c0db-47ed-4a31-8c20-47552878fb44';
const itemsVersion = '7.2-preview.1';

/** GitOps repositories on Azure Repos: three round trips a commit, whatever the size of the repository. */
export function makeAzureRepos(
  address: AzureReposAddress,
  git: GitApi,
  http: DevOpsHttp,
  now: Clock,
): GitOpsRepository {
  const { project, repository } = address;
  const place = { repository: address.url };
  const recreated = { git, project, repository, tipOf, above };
  let defaultBranch: { readonly name: Promise<string>; readonly readAt: number } | undefined;

  async function readDefaultBranch(): Promise<string> {
    const { defaultBranch: ref } = await git.getRepository(repository, project);
    if (ref === undefined) {
      throw new Failure(
        'branch-not-found',
        `${address.url} has no default branch: it is empty. Push a first commit, or name a branch.`,
        { place },
      );
    }
    return ref.replace(/^refs\/heads\//, '');
  }

  return {
    async tip(named) {
      const branch = named ?? (await knownDefaultBranch());
      const commit = await tipOf(branch);
      if (commit !== undefined) return { branch, commit };
      if (named === undefined) {
        // The default branch may have another name by now.
        defaultBranch = undefined;
        const renamed = await knownDefaultBranch();
        const tip = renamed === branch ? undefined : await tipOf(renamed);
        if (tip !== undefined) return { branch: renamed, commit: tip };
      }
      throw new Failure(
        'branch-not-found',
        `Branch ${branch} does not exist in ${address.url}. Create it, or correct \`branch\` in the route.`,
        { place },
      );
    },

    async read(commit, paths) {
      const files = new Map<string, Uint8Array>();
      await Promise.all(
        paths.map(async (path) => {
          const bytes = await readFile(commit, path);
          if (bytes) files.set(path, bytes);
        }),
      );
      return files;
    },

    async list(commit, folder) {
      const version = { version: commit, versionType: GitVersionType.Commit };
      const { Full } = VersionControlRecursionType;
      const none = [undefined, undefined, undefined, undefined] as const;
      try {
        const items = await git.getItems(repository, project, `/${folder}`, Full, ...none, version);
        return items.flatMap(({ path, gitObjectType, isSymLink }) =>
          path !== undefined && gitObjectType === GitObjectType.Blob && !isSymLink ? [path.replace(/^\//, '')] : [],
        );
      } catch (error) {
        if (error instanceof Failure && error.code === 'file-not-found') return [];
        throw error;
      }
    },

    async push(push) {
      const { commits, refUpdates } = await git.createPush(pushBody(push), repository, project);
      const commit = commits?.[0]?.commitId;
      if (commit === undefined) {
        throw new Failure('answer-lost', `The answer to the push to ${address.url} names no commit.`, { place });
      }
      // Somebody deleted the branch, and the push made it again.
      if (refUpdates?.[0]?.oldObjectId === zeroObjectId) await removeRecreated({ isOurs: noOther, ...push, commit });
      return { commit };
    },

    async *history(commit, path, limit, mayMatter = () => true) {
      const list = await git.getCommits(
        repository,
        {
          // With a path the host leaves out sides of merges that did not change it.
          ...(path !== '' && { itemPath: `/${path}` }),
          itemVersion: { version: commit, versionType: GitVersionType.Commit },
        },
        project,
        0,
        limit,
      );
      const ids = list.flatMap(({ commitId, comment }) =>
        commitId !== undefined && mayMatter(comment ?? '', commitId) ? [commitId] : [],
      );
      // Most readers need a few commits only.
      for (let at = 0; at < ids.length;) {
        const next = ids.slice(at, at + Math.min(Math.max(at, 1), messagesAtOnce));
        yield* await Promise.all(next.map(readCommit));
        at += next.length;
      }
    },

    above,

    isAncestor,
    // The host compares whole histories.
    isOutside: async (commit, tip) => !(await isAncestor(commit, tip)),

    async undoRecreation(push) {
      if (await wasMadeBy(push.commit, push.branch, recreated)) await removeRecreated(push);
    },
  };

  async function isAncestor(ancestor: string, commit: string): Promise<boolean> {
    if (ancestor === commit) return true;
    // The best common ancestor of the two: the first of them itself, where it is one.
    const bases = await git.getMergeBases(repository, ancestor, commit, project);
    return bases.some(({ commitId }) => commitId === ancestor);
  }

  async function tipOf(branch: string): Promise<string | undefined> {
    // The filter is a prefix: `heads/main` also finds `main2`.
    const refs = await git.getRefs(repository, project, `heads/${branch}`);
    return refs.find(({ name }) => name === `refs/heads/${branch}`)?.objectId;
  }

  async function above(
    base: string,
    tip: string,
    limit: number,
    mayMatter: MayMatter = () => true,
  ): Promise<CommitsAbove> {
    if (base === tip) return { commits: [], complete: true };
    const itemVersion = { version: tip, versionType: GitVersionType.Commit };
    const list = await git.getCommits(repository, { itemVersion }, project, 0, limit + 1);
    const at = list.findIndex(({ commitId }) => commitId === base);
    const wanted = list
      .slice(0, at < 0 ? limit : at)
      .flatMap(({ commitId, comment }) =>
        commitId !== undefined && mayMatter(comment ?? '', commitId) ? [commitId] : [],
      );
    return { commits: await Promise.all(wanted.map(readCommit)), complete: at >= 0 };
  }

  /** A list shows only the first line of each message. */
  async function readCommit(commit: string): Promise<Commit> {
    const { comment, parents, committer, author } = await git.getCommit(commit, repository, project, 0);
    return {
      commit,
      message: comment ?? '',
      parents: parents ?? [],
      committedAt: committer?.date ?? new Date(0),
      ...commitAuthor(author?.name),
    };
  }

  /** The default branch is read once a minute: it seldom changes, but it does. */
  function knownDefaultBranch(): Promise<string> {
    const age = now().getTime() - (defaultBranch?.readAt ?? 0);
    if (!defaultBranch || age > defaultBranchMs) {
      const name = readDefaultBranch();
      const read = { name, readAt: now().getTime() };
      defaultBranch = read;
      name.catch(() => {
        if (defaultBranch === read) defaultBranch = undefined;
      });
    }
    return defaultBranch.name;
  }

  /** Raw bytes: as JSON the content comes decoded, without its byte order mark. */
  async function readFile(commit: string, path: string): Promise<Uint8Array | undefined> {
    const { requestUrl, apiVersion } = await git.vsoClient.getVersioningData(
      itemsVersion,
      'git',
      itemsLocation,
      { project, repositoryId: repository },
      { path: `/${path}`, versionDescriptor: { version: commit, versionType: GitVersionType.Commit } },
    );
    if (requestUrl === undefined)
      throw new Failure('answer-not-understood', 'Azure DevOps named no URL for items.', { place });
    try {
      const accept = git.createAcceptHeader('application/octet-stream', apiVersion);
      return await http.getBytes(requestUrl, accept, maxFileBytes);
    } catch (error) {
      if (error instanceof AnswerTooLarge) throw fileTooLarge(path, { repository: address.url, cause: error });
      if (error instanceof Failure && error.code === 'file-not-found') return undefined;
      throw error;
    }
  }

  async function removeRecreated(push: RecreatingPush): Promise<void> {
    const outcome = await http.withoutWaiting(() => removeWhileOurs(push, recreated)).catch(notRemoved);
    if (outcome === 'kept') return;
    const rest =
      outcome === 'removed'
        ? 'The created branch was removed again.'
        : 'The push has made it again, and it could not be removed: delete it, if it is not wanted.';
    throw new Failure(
      'branch-not-found',
      `Branch ${push.branch} of ${address.url} was deleted while the commit was made. ${rest}`,
      { place },
    );
  }
}

const noOther = () => Promise.resolve(false);

/** The push happened, whatever kept us from taking it back: the next try finds its push intent and does the rest. */
function notRemoved(cause: unknown): never {
  if (!(cause instanceof Failure)) throw cause;
  throw new Failure('answer-lost', `A branch that a push made again could not be removed: ${cause.message}`, { cause });
}
