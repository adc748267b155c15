import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../src/lib/model/clock.ts';
import { Throttling } from '../../../src/lib/net/throttling.ts';
import { gitAuthorization } from '../../../src/lib/git/git-credentials.ts';
import { GitConnection } from '../../../src/lib/git/git-remote/connection.ts';
import { makeGitRemote } from '../../../src/lib/git/git-remote/git-remote.ts';
import { GitHttp } from '../../../src/lib/git/git-remote/http.ts';
import { ObjectCache } from '../../../src/lib/git/git-remote/object-cache.ts';
import { makeBareRepository } from '../../support/bare-repository.ts';
import { startGitServer } from '../../support/git-server.ts';
import type { GitFault, GitServer, GitServerOptions } from '../../support/git-server.ts';
import type { ContractFault, ContractHost } from './contract/contract-host.ts';

export const password = 'c0rrect';

export interface OpenOptions {
  readonly password?: string;
  readonly cache?: ObjectCache;
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
  readonly now?: Clock;
}

/** An adapter as the app makes it, for any URL of a Git host. */
export function openGitRemote(url: string, options: OpenOptions = {}) {
  const { host } = new URL(url);
  const { cache = new ObjectCache(), now = () => new Date() } = options;
  const http = new GitHttp({
    host,
    authorization: gitAuthorization(
      host,
      new Map([[host, { username: 'app', password: options.password ?? password }]]),
    ),
    userAgent: 'tagrelay/0.0.0',
    timeoutMs: options.timeoutMs ?? 10_000,
    maxAnswerBytes: options.maxAnswerBytes ?? 50 * 1024 * 1024,
    throttling: new Throttling(host, now),
    now,
  });
  const author = { name: 'tagrelay', email: 'tagrelay@localhost' };
  return makeGitRemote({ connection: new GitConnection(url, http, 'tagrelay/0.0.0'), cache, key: url, author, now });
}

const faults: Readonly<Record<ContractFault, GitFault>> = {
  throttled: { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
  unavailable: { kind: 'status', status: 503 },
  'sign-in-page': { kind: 'sign-in-page' },
  redirect: { kind: 'status', status: 302, headers: { location: '/login' } },
  'expired-credential': { kind: 'status', status: 401 },
  'permission-denied': { kind: 'status', status: 403 },
  'dropped-before': { kind: 'drop', when: 'before' },
  'dropped-after': { kind: 'drop', when: 'after' },
};

const steps = { tip: /upload-pack/, push: /^POST .*receive-pack/ } as const;

export interface GitHost extends ContractHost {
  readonly server: GitServer;
}

/** `git http-backend` as a host of the contract. */
export async function startGitHost(options: Omit<GitServerOptions, 'root'> = {}): Promise<GitHost> {
  const root = await mkdtemp(join(tmpdir(), 'git-host-'));
  const server = await startGitServer({ root, password, ...options });
  let count = 0;
  return {
    server,
    async create() {
      count += 1;
      const name = `gitops-${count}.git`;
      const directory = join(root, name);
      await mkdir(directory);
      await makeBareRepository(directory);
      return { directory, open: () => openGitRemote(`${server.url}/${name.replace('.git', '')}`) };
    },
    openMissing: () => openGitRemote(`${server.url}/missing`),
    breakStep: (step, fault) => server.plan({ match: steps[step], fault: faults[fault] }),
    beforePush: (act) => server.plan({ match: steps.push, times: 1, fault: { kind: 'meanwhile', act } }),
    async refusePushes({ directory }) {
      const hook = join(directory, 'hooks', 'pre-receive');
      await mkdir(join(directory, 'hooks'), { recursive: true });
      await writeFile(hook, '#!/bin/sh\necho "Pushes to this branch need a review." >&2\nexit 1\n');
      await chmod(hook, 0o755);
    },
    mend: () => server.clearFaults(),
    async close() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
