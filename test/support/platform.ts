import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { git } from '../../local/git.ts';
import type { HostEvent } from '../../local/host/host.ts';
import { startPlatform } from '../../local/platform.ts';
import type { Platform, PlatformOptions } from '../../local/platform.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import { gitBytes } from './bare-repository.ts';
import { watchContract } from './devops-contract.ts';
import type { ContractWatch } from './devops-contract.ts';

export const root = join(import.meta.dirname, '..', '..');

export interface TestPlatform extends Platform {
  /** Bare repository `contoso/platform/gitops`, with the files of `files` on `main`. */
  readonly bare: string;
  /** The app's own log lines so far. */
  readonly lines: readonly { readonly event: string; readonly fields: Readonly<Record<string, string>> }[];
  /** What the app has sent to Azure DevOps; checked when the test has ended. */
  readonly contract: ContractWatch;
  /** Sends an event of a registry, and again while the app answers 503: on a busy machine it may not store the event in time. */
  readonly post: (body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>;
}

export interface TestPlatformOptions {
  readonly routes: string;
  readonly files: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly registries?: PlatformOptions['registries'];
  readonly onPush?: PlatformOptions['onPush'];
}

let built: Promise<unknown> | undefined;

/** A folder that is removed when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The whole platform in this process, on memory storage; stopped when the test has ended. */
export async function testPlatform({
  routes,
  files,
  settings = {},
  ...options
}: TestPlatformOptions): Promise<TestPlatform> {
  await (built ??= buildIfChanged(join(root, 'dist')));
  const directory = await temporaryFolder();
  const bare = join(directory, 'gitops.git');
  await seedBare(bare, files);
  const lines: TestPlatform['lines'][number][] = [];
  const contract = watchContract();
  const platform = await startPlatform({
    root,
    port: 0,
    devopsPort: 0,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare }],
    settings: { ROUTES: routes, ...settings },
    registries: options.registries ?? [],
    ...(options.onPush && { onPush: options.onPush }),
    leaseSeconds: 30,
    onDevOpsRequest: contract.onRequest,
    onHostEvent: (event: HostEvent) => {
      const line = event.type === 'log' ? parseLogLine(event.text) : undefined;
      if (line) lines.push(line);
    },
    onFatal: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await platform.close();
    contract.check();
  });
  return {
    ...platform,
    bare,
    lines,
    contract,
    async post(body, headers = {}) {
      for (;;) {
        const response = await fetch(`${platform.functions}/api/webhooks/acr`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-functions-key': platform.key, ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        });
        if (response.status !== 503) return response;
        await response.body?.cancel();
      }
    },
  };
}

/** Makes a bare repository with one commit on `main`. */
export async function seedBare(bare: string, files: Readonly<Record<string, string>>): Promise<void> {
  await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', bare]);
  await importCommit(bare, 'main', { files, message: 'first', parent: undefined, at: new Date() });
}

/** Commits files to `main` of a bare repository, as a person would. */
export function commitFiles(
  bare: string,
  files: Readonly<Record<string, string>>,
  message: string,
  at?: Date,
): Promise<void> {
  return commitTo(bare, 'main', files, message, at);
}

/** Commits files to a branch of a bare repository, as a person would. */
export function commitTo(
  bare: string,
  branch: string,
  files: Readonly<Record<string, string>>,
  message: string,
  at = new Date(),
): Promise<void> {
  return importCommit(bare, branch, { files, message, parent: `refs/heads/${branch}^0`, at });
}

interface ImportedCommit {
  readonly files: Readonly<Record<string, string>>;
  readonly message: string;
  readonly parent: string | undefined;
  readonly at: Date;
}

/** One process instead of a clone, a commit and a push; like a push, it fails if the branch moves meanwhile. */
async function importCommit(
  bare: string,
  branch: string,
  { files, message, parent, at }: ImportedCommit,
): Promise<void> {
  const seconds = Math.floor(at.getTime() / 1000);
  const lines = [
    `commit refs/heads/${branch}`,
    `committer Ada <ada@contoso.example> ${seconds} +0000`,
    `data ${Buffer.byteLength(message)}`,
    message,
    ...(parent === undefined ? [] : [`from ${parent}`]),
    ...Object.entries(files).flatMap(([path, text]) => [
      `M 100644 inline ${path}`,
      `data ${Buffer.byteLength(text)}`,
      text,
    ]),
    '',
  ];
  await gitBytes(bare, ['fast-import', '--quiet'], Buffer.from(lines.join('\n')));
}

/** Number of commits on `main`. */
export async function commitCount(bare: string): Promise<number> {
  return Number(await git(['rev-list', '--count', 'main'], bare));
}

/** A file at the tip of `main`. */
export function fileAtTip(bare: string, path: string): Promise<string> {
  return git(['show', `main:${path}`], bare);
}
