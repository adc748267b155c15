import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { BareRepository } from '../../../local/devops/store/bare-repository.ts';
import { serveOnLoopback } from '../loopback-server.ts';
import { notFound, refused } from './answer.ts';
import type { Answer } from './answer.ts';
import { answerGraphql } from './graphql.ts';
import { refresh } from './merging.ts';
import { answerRest } from './rest.ts';
import type { StoredRepository } from './state.ts';

/** What happens to a request instead of, or around, its answer. */
export type GitHubFault =
  | ({ readonly kind: 'answer' } & Answer)
  /** The connection breaks before anything is done, or after it is done. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** Somebody does something just before the request is worked on. */
  | { readonly kind: 'meanwhile'; readonly act: () => Promise<unknown> };

export interface PlannedGitHubFault {
  /** Searched in method, path and query: `POST /repos/contoso/gitops/pulls`. */
  readonly match: RegExp;
  readonly times?: number;
  readonly fault: GitHubFault;
}

export interface GitHubOptions {
  /** `owner/name` → folder of the bare repository. */
  readonly repositories: Readonly<Record<string, string>>;
  readonly token: string;
}

/** The API of a GitHub host, on real bare repositories. Git itself is served beside it. */
export async function startGitHub({ repositories: folders, token }: GitHubOptions) {
  let faults: (PlannedGitHubFault & { hits: number })[] = [];
  const requests: { readonly line: string; readonly authorization: string | undefined }[] = [];
  const repositories = await Promise.all(
    Object.entries(folders).map(async ([fullName, directory]): Promise<StoredRepository> => {
      const [owner = '', name = ''] = fullName.split('/');
      const rules = {
        allowAutoMerge: true,
        requiredApprovals: 0,
        deleteBranchOnMerge: false,
        methods: new Set(['merge', 'squash', 'rebase']),
        collaborators: new Set<string>(),
        teams: new Set<string>(),
      };
      return { owner, name, bare: await BareRepository.open(directory, 'main'), rules, pulls: [], statuses: new Map() };
    }),
  );
  const find = (owner: unknown, name: unknown) => repositories.find((one) => one.owner === owner && one.name === name);

  /** One request after the other: what GitHub's database does for each pull request. */
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined); // Its own caller hears of it.
    return done;
  }

  async function answer(method: string, url: URL, body: unknown): Promise<Answer> {
    const path = url.pathname.replace(/^\/api(?:\/v3)?(?=\/)/, '');
    for (const repository of repositories) await refresh(repository);
    if (path === '/graphql') return answerGraphql(find, repositories, body);
    const [, owner, name, rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const repository = find(owner, name);
    return repository ? answerRest(repository, { method, path: rest, query: url.searchParams, body }) : notFound;
  }

  const server = await serveOnLoopback(async (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const line = `${method} ${url}`;
    requests.push({ line, authorization: headers.authorization });
    const body = method === 'GET' ? undefined : await json(request);
    const planned = faults.find(({ match, times = Infinity, hits }) => hits < times && match.test(line));
    if (planned) planned.hits += 1;
    const fault = planned?.fault;
    if (fault?.kind === 'answer') return send(response, fault);
    if (fault?.kind === 'drop' && fault.when === 'before') return destroy(request);
    if (fault?.kind === 'meanwhile') await fault.act();
    if (headers.authorization !== `Bearer ${token}`) return send(response, refused(401, 'Bad credentials'));
    const made = await inTurn(() => answer(method, new URL(url, 'http://localhost'), body));
    if (fault?.kind === 'drop') return destroy(request);
    send(response, made);
  });

  return {
    url: server.url,
    requests,
    plan: (fault: PlannedGitHubFault) => {
      faults.push({ ...fault, hits: 0 });
    },
    clearFaults: () => {
      faults = [];
    },
    /** What the host knows of a repository, after a look at its branches. */
    look: (owner: string, name: string) =>
      inTurn(async () => {
        const repository = find(owner, name);
        if (!repository) throw new Error(`the stand-in has no repository ${owner}/${name}`);
        await refresh(repository);
        return repository;
      }),
    close: async () => {
      await server.close();
      for (const { bare } of repositories) bare.close();
    },
  };
}

export type GitHubStandIn = Awaited<ReturnType<typeof startGitHub>>;

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'x-ratelimit-remaining': '4999', ...headers }).end(text);
}

function destroy(request: IncomingMessage): void {
  request.socket.destroy();
}
