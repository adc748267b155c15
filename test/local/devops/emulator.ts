import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import type { IGitApi } from 'azure-devops-node-api/GitApi.js';
import { afterAll, onTestFinished } from 'vitest';
import { startDevOps } from '../../../local/devops/devops.ts';
import type { DevOps, DevOpsOptions } from '../../../local/devops/devops.ts';
import { watchContract } from '../../support/devops-contract.ts';

export const token = 'a'.repeat(52);
export const zero = '0'.repeat(40);
const run = promisify(execFile);

/** Runs the Git program as a stranger would, with a fixed identity. */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'init.defaultBranch=main'];
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null' };
  const { stdout } = await run('git', [...identity, '-C', directory, ...args], { env, encoding: 'utf8' });
  return stdout.trim();
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'devops-'));
  whenOver(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Cleans up after the test that is running, or after all of the file where none is. */
function whenOver(clean: () => Promise<void>): void {
  try {
    onTestFinished(clean);
  } catch {
    afterAll(clean); // Called while the file is read.
  }
}

/** An emulator with the repository `gitops` of `contoso/platform`, empty, stopped after the tests of the file. */
export interface Emulator extends DevOps {
  readonly directory: string;
  /** Organization URL. */
  readonly organization: string;
  /** REST URL of the repository, by names. */
  readonly repository: string;
  /** URL for Git clients, with the token. */
  readonly remote: string;
}

export async function startEmulator(options: Partial<DevOpsOptions> = {}): Promise<Emulator> {
  const directory = join(await temporaryDirectory(), 'gitops.git');
  const gitops = { organization: 'contoso', project: 'platform', name: 'gitops', directory };
  const contract = watchContract();
  const { onRequest } = contract;
  const devOps = await startDevOps({ port: 0, repositories: [gitops], tokens: [token], onRequest, ...options });
  whenOver(async () => {
    await devOps.close();
    contract.check();
  });
  const organization = `${devOps.url}/contoso`;
  return {
    ...devOps,
    directory,
    organization,
    repository: `${organization}/platform/_apis/git/repositories/gitops`,
    remote: `${organization.replace('http://', `http://pat:${token}@`)}/platform/_git/gitops`,
  };
}

export async function gitClient(organization: string): Promise<IGitApi> {
  return new WebApi(organization, getPersonalAccessTokenHandler(token)).getGitApi();
}

/** The fields of answers that the tests look into. An answer has the ones of its resource, which is what they assert. */
export interface Wire {
  readonly count: number;
  readonly value: readonly Wire[];
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly content: string;
  readonly contentMetadata: Wire;
  readonly encoding: number;
  readonly isBinary: boolean;
  readonly objectId: string;
  readonly gitObjectType: string;
  readonly commitId: string;
  readonly treeId: string;
  readonly parents: readonly string[];
  readonly comment: string;
  readonly commentTruncated: boolean;
  readonly author: Wire;
  readonly date: string;
  readonly item: Wire;
  readonly changeType: string;
  readonly sourceServerItem: string;
  readonly changes: readonly Wire[];
  readonly commits: readonly Wire[];
  readonly refUpdates: readonly Wire[];
  readonly oldObjectId: string;
  readonly newObjectId: string;
  readonly success: boolean;
  readonly updateStatus: string;
  readonly pushId: number;
  readonly pushedBy: Wire;
  readonly authenticatedUser: Wire;
  readonly project: Wire;
  readonly defaultBranch: string;
  readonly allChangesIncluded: boolean;
  readonly message: string;
  readonly typeKey: string;
  readonly _links: object;
}

/** An answer with its body read, as JSON where it is. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty where the answer is no JSON. */
  readonly body: Wire;
}

/** Sends a request with the token, by plain `fetch`. A body makes it a POST. */
export async function call(url: string, body?: unknown, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    redirect: 'manual',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...init,
    headers: {
      accept: 'application/json;api-version=7.1',
      authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.headers as Record<string, string> | undefined),
    },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(isJson ? text : '{}') as Wire,
  };
}

/** The bytes of a file or blob. */
export async function bytesOf(url: string): Promise<Buffer> {
  const response = await fetch(url, {
    headers: { accept: 'application/octet-stream', authorization: `Bearer ${token}` },
  });
  if (response.status !== 200) throw new Error(`${url} was answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Status and type key: what clients look at. */
export function problemOf({ status, body }: Answer): readonly [number, unknown] {
  return [status, body.typeKey];
}

export interface FileChange {
  readonly changeType: string | number;
  readonly item: { readonly path: string };
  readonly sourceServerItem?: string;
  readonly newContent?: { readonly content: string; readonly contentType?: string | number };
}

export function addFile(path: string, content: string | Buffer, changeType = 'add'): FileChange {
  return {
    changeType,
    item: { path },
    newContent: { content: Buffer.from(content).toString('base64'), contentType: 'base64encoded' },
  };
}

export function editFile(path: string, content: string | Buffer): FileChange {
  return addFile(path, content, 'edit');
}

export function pushBody(
  oldObjectId: string,
  changes: readonly FileChange[],
  more: object = {},
  branch = 'main',
): object {
  return {
    refUpdates: [{ name: `refs/heads/${branch}`, oldObjectId }],
    commits: [{ comment: 'deploy', changes, ...more }],
  };
}

/** Pushes and gives the new commit's id. */
export async function push(
  emulator: Emulator,
  oldObjectId: string,
  changes: readonly FileChange[],
  more: object = {},
  branch = 'main',
): Promise<string> {
  const answer = await call(`${emulator.repository}/pushes`, pushBody(oldObjectId, changes, more, branch));
  if (answer.status !== 201) throw new Error(`The push was answered ${answer.status}: ${answer.text}`);
  return String(answer.body.refUpdates[0]?.newObjectId);
}
