import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import type { Commit, CommitsAbove, GitOpsRepository, Tip } from '../../src/lib/gitops/repository.ts';
import { addCommit, gitBytes, gitText } from '../support/bare-repository.ts';

/** What can go wrong at a Git host, in the words of every adapter's tests. */
export type ContractFault =
  | 'throttled' // for 7 s
  | 'unavailable'
  | 'sign-in-page'
  | 'redirect'
  | 'expired-credential'
  | 'permission-denied'
  | 'dropped-before'
  | 'dropped-after';

export interface ContractRepository {
  /** The bare repository on disk, for what others do to it. */
  readonly directory: string;
  /** An adapter that knows nothing yet, as another process has it. */
  readonly open: () => GitOpsRepository;
}

export interface ContractHost {
  /** An empty repository whose HEAD names `main`. */
  create(): Promise<ContractRepository>;
  /** An adapter for a repository that is not there. */
  readonly openMissing: () => GitOpsRepository;
  /** From now on, every request of this step of one of its repositories goes wrong. */
  breakStep(step: 'tip' | 'push', fault: ContractFault): void;
  /** Something happens just before the next push is worked on. */
  beforePush(act: () => Promise<unknown>): void;
  /** Pushes to the repository are refused by the rules of its owner. */
  refusePushes(repository: ContractRepository): Promise<void>;
  mend(): void;
  close(): Promise<void>;
}

const valuesFile = 'apps/payments/values-dev.yaml';
const encoder = new TextEncoder();

/** What every adapter of `GitOpsRepository` does alike. */
export function describeGitOpsRepository(name: string, start: () => Promise<ContractHost>): void {
  describe(`as ${name}`, () => {
    let host: ContractHost;
    beforeAll(async () => {
      host = await start();
    });
    afterAll(() => host.close());

    async function seeded(files: Parameters<typeof addCommit>[1]['files'] = { [valuesFile]: 'tag: "1"\n' }) {
      const made = await host.create();
      const first = await addCommit(made.directory, { files });
      return { ...made, first, repository: made.open() };
    }

    describe('tip', () => {
      test('of the default branch', async () => {
        const { repository, first } = await seeded();
        expect(await repository.tip(undefined)).toEqual({ branch: 'main', commit: first });
      });

      test('of another default branch', async () => {
        const { repository, directory, first } = await seeded();
        await gitText(directory, 'update-ref', 'refs/heads/release/2026', first);
        await gitText(directory, 'symbolic-ref', 'HEAD', 'refs/heads/release/2026');
        expect(await repository.tip(undefined)).toEqual({ branch: 'release/2026', commit: first });
      });

      test('of a branch whose name begins another name', async () => {
        const { repository, directory, first } = await seeded();
        const second = await addCommit(directory, { branch: 'rel2', files: { a: '2' } });
        const third = await addCommit(directory, { branch: 'relx/y', files: { a: '3' } });
        await expect(repository.tip('rel')).rejects.toMatchObject({ code: 'branch-not-found' });
        await gitText(directory, 'update-ref', 'refs/heads/rel', first);
        expect(await repository.tip('rel')).toEqual({ branch: 'rel', commit: first });
        expect(await repository.tip('rel2')).toEqual({ branch: 'rel2', commit: second });
        expect(await repository.tip('relx/y')).toEqual({ branch: 'relx/y', commit: third });
      });

      test('moves on', async () => {
        const { repository, directory } = await seeded();
        await repository.tip('main');
        const commit = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
        expect(await repository.tip('main')).toEqual({ branch: 'main', commit });
      });

      test('of an empty repository', async () => {
        const repository = (await host.create()).open();
        await expect(repository.tip(undefined)).rejects.toMatchObject({ code: 'branch-not-found' });
        await expect(repository.tip('main')).rejects.toMatchObject({ code: 'branch-not-found' });
      });

      test('of a repository that is not there', async () => {
        await expect(host.openMissing().tip('main')).rejects.toMatchObject({ code: 'repository-not-found' });
      });
    });

    describe('read', () => {
      const bom = Buffer.from([0xef, 0xbb, 0xbf]);
      const contents: Record<string, Buffer> = {
        'root.yaml': Buffer.from('a: 1\n'),
        'a/b/c/d/deep.yaml': Buffer.from('deep: true\n'),
        'apps/Zürich Süd/Größe 🚀.yaml': Buffer.from('größe: 🚀\n'),
        'apps/with space/%20 #?&+.yaml': Buffer.from('odd: name\n'),
        'crlf.yaml': Buffer.concat([bom, Buffer.from('a: 1\r\nb: 2\r\n')]),
        'utf16.txt': Buffer.from('\uFEFFa: 1', 'utf16le'),
        'binary.bin': Buffer.from([...Array(256).keys(), 0, 13, 10]),
        'empty.yaml': Buffer.alloc(0),
      };

      test('gives the bytes of every file as they are', async () => {
        const { repository, first } = await seeded(contents);
        const files = await repository.read(first, Object.keys(contents));
        expect(new Map([...files].map(([path, bytes]) => [path, Buffer.from(bytes)]))).toEqual(
          new Map(Object.entries(contents)),
        );
      });

      test('leaves out what is not there, and folders', async () => {
        const { repository, first } = await seeded();
        const files = await repository.read(first, [valuesFile, 'no.yaml', 'apps', `${valuesFile}/x`, 'no/no.yaml']);
        expect([...files.keys()]).toEqual([valuesFile]);
      });

      test('reads the commit, not the branch', async () => {
        const { repository, directory, first } = await seeded();
        const second = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
        expect(await readText(repository, second)).toBe('tag: "2"\n');
        expect(await readText(repository, first)).toBe('tag: "1"\n');
      });

      test('reads a file of 5 MiB', async () => {
        const big = randomBytes(5 * 1024 * 1024);
        const { repository, first } = await seeded({ 'big.bin': big });
        expect(big.equals((await repository.read(first, ['big.bin'])).get('big.bin') ?? Buffer.alloc(0))).toBe(true);
      });
    });

    describe('push', () => {
      test('is one commit on top of the base, and nothing else changes', async () => {
        const { repository, directory, first } = await seeded({
          [valuesFile]: 'tag: "1"\n',
          'apps/payments/other.yaml': 'a',
          'apps/Zürich Süd/ü.yaml': 'u',
          'z.yaml': 'z',
        });
        const message = 'deploy: payments 2 in dev\n\nImage-Update: route=payments id=1';
        const { commit } = await repository.push({
          branch: 'main',
          base: first,
          message,
          files: [
            { path: valuesFile, content: encoder.encode('tag: "2"\n') },
            { path: 'apps/Zürich Süd/ü.yaml', content: encoder.encode('v') },
          ],
        });
        expect(await gitText(directory, 'rev-parse', 'main')).toBe(commit);
        expect(await gitText(directory, 'rev-parse', 'main^@')).toBe(first);
        expect(await gitText(directory, 'log', '-1', '--format=%B', 'main')).toBe(message);
        const changed = await gitText(directory, '-c', 'core.quotePath=false', 'diff', '--name-status', first, 'main');
        expect(changed).toBe(`M\tapps/Zürich Süd/ü.yaml\nM\t${valuesFile}`);
        expect(await readText(repository, commit)).toBe('tag: "2"\n');
        await gitText(directory, 'fsck', '--strict');
      });

      test('keeps bytes and modes', async () => {
        const { repository, directory, first } = await seeded({
          'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
          link: { mode: '120000', content: 'run.sh' },
          'plain.yaml': 'a',
        });
        const content = Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from('tag: é\r\n'), 0, 255]);
        await repository.push({
          branch: 'main',
          base: first,
          message: 'bytes',
          files: [{ path: 'run.sh', content }],
        });
        expect(await gitBytes(directory, ['cat-file', 'blob', 'main:run.sh'])).toEqual(content);
        const modes = await gitText(directory, 'ls-tree', '--format=%(objectmode) %(path)', 'main');
        expect(modes).toBe('120000 link\n100644 plain.yaml\n100755 run.sh');
      });

      test('takes a file of 5 MiB', async () => {
        const { repository, directory, first } = await seeded({ 'big.bin': 'small' });
        const content = randomBytes(5 * 1024 * 1024);
        await repository.push({ branch: 'main', base: first, message: 'big', files: [{ path: 'big.bin', content }] });
        expect((await gitBytes(directory, ['cat-file', 'blob', 'main:big.bin'])).equals(content)).toBe(true);
      });

      test('several in a row need no reading in between', async () => {
        const { repository, directory, first } = await seeded();
        let base = first;
        for (let tag = 2; tag < 5; tag += 1) ({ commit: base } = await pushTag(repository, base, tag));
        expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('4');
        expect(await readText(repository, base)).toBe('tag: "4"\n');
      });

      test('onto a tip that has moved is refused', async () => {
        const { repository, directory, first } = await seeded();
        const second = await addCommit(directory, { files: { 'other.yaml': 'x' } });
        await expect(pushTag(repository, first, 2)).rejects.toMatchObject({ code: 'branch-moved' });
        expect(await gitText(directory, 'rev-parse', 'main')).toBe(second);
      });

      test('onto a tip that moves in that moment is refused', async () => {
        const { repository, directory, first } = await seeded();
        host.beforePush(() => addCommit(directory, { files: { 'other.yaml': 'x' } }));
        await expect(pushTag(repository, first, 2)).rejects.toMatchObject({ code: 'branch-moved' });
        expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
      });

      test('onto a tip that was reset to an older commit is refused', async () => {
        const { repository, directory, first } = await seeded();
        const second = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
        expect(await readText(repository, second)).toBe('tag: "2"\n');
        await gitText(directory, 'update-ref', 'refs/heads/main', first);
        await expect(pushTag(repository, second, 3)).rejects.toMatchObject({ code: 'branch-moved' });
        expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
      });

      test('onto a tip that was replaced by another history is refused', async () => {
        const { repository, directory, first } = await seeded();
        await repository.tip('main');
        const other = await addCommit(directory, { parents: [], files: { [valuesFile]: 'tag: "9"\n' } });
        await expect(pushTag(repository, first, 3)).rejects.toMatchObject({ code: 'branch-moved' });
        expect(await gitText(directory, 'rev-parse', 'main')).toBe(other);
      });

      test('to a branch that has vanished does not make it again', async () => {
        const { repository, directory, first } = await seeded();
        await gitText(directory, 'update-ref', 'refs/heads/dev', first);
        await repository.tip('dev');
        await gitText(directory, 'update-ref', '-d', 'refs/heads/dev');
        await expect(pushTag(repository, first, 2, 'dev')).rejects.toMatchObject({ code: 'branch-not-found' });
        expect(await gitText(directory, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
      });

      test('to a branch that vanishes in that moment does not make it again', async () => {
        const { repository, directory, first } = await seeded();
        await gitText(directory, 'update-ref', 'refs/heads/dev', first);
        host.beforePush(() => gitText(directory, 'update-ref', '-d', 'refs/heads/dev'));
        await expect(pushTag(repository, first, 2, 'dev')).rejects.toMatchObject({ code: 'branch-not-found' });
        expect(await gitText(directory, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
      });

      test('of ten writers at once loses no update', async () => {
        const { directory, open } = await seeded({ 'lines.txt': '' });
        const writers = Array.from({ length: 10 }, (_, index) => index);
        await Promise.all(writers.map((index) => appendLine(open(), `writer ${index}\n`)));
        const lines = (await gitText(directory, 'show', 'main:lines.txt')).split('\n');
        expect(lines.sort()).toEqual(writers.map((index) => `writer ${index}`));
        expect(await gitText(directory, 'rev-list', '--count', '--first-parent', 'main')).toBe('11');
        expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('11');
      });

      test('that the rules of the repository refuse', async () => {
        const { first, repository, ...made } = await seeded();
        await host.refusePushes(made);
        const pushed = pushTag(repository, first, 2);
        await expect(pushed.finally(() => host.mend())).rejects.toMatchObject({ code: 'push-rejected-by-policy' });
        expect(await gitText(made.directory, 'rev-parse', 'main')).toBe(first);
      });

      test('whose answer is lost may have been done', async () => {
        const { repository, directory, first } = await seeded();
        host.breakStep('push', 'dropped-after');
        await expect(pushTag(repository, first, 2).finally(() => host.mend())).rejects.toMatchObject({
          code: 'answer-lost',
        });
        const { commit } = await repository.tip('main');
        expect(commit).not.toBe(first);
        expect(await readText(repository, commit)).toBe('tag: "2"\n');
        const [latest] = await list(repository.history(commit, valuesFile, 1));
        expect(latest).toMatchObject({ commit, message: expect.stringMatching(/^deploy: 2\s*$/) });
        expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
      });

      test('that never arrived', async () => {
        const { repository, directory, first } = await seeded();
        host.breakStep('push', 'dropped-before');
        await expect(pushTag(repository, first, 2).finally(() => host.mend())).rejects.toMatchObject({
          code: 'answer-lost',
        });
        expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
        await pushTag(repository, first, 2);
        expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
      });
    });

    describe.each(['tip', 'push'] as const)('%s when', (step) => {
      test.each([
        ['throttled', { code: 'throttled', retryAfterSeconds: 7 }],
        ['unavailable', { code: 'service-unavailable' }],
        ['sign-in-page', { code: 'sign-in-failed' }],
        ['redirect', { code: 'sign-in-failed' }],
        ['expired-credential', { code: 'sign-in-failed' }],
        ['permission-denied', { code: 'permission-denied' }],
      ] as const)('%s', async (fault, expected) => {
        const { directory, first, open } = await seeded();
        const repository = open();
        await repository.read(first, [valuesFile]);
        host.breakStep(step, fault);
        const tried: Promise<unknown> = step === 'tip' ? repository.tip('main') : pushTag(repository, first, 2);
        await expect(tried.finally(() => host.mend())).rejects.toMatchObject(expected);
        expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
      });
    });

    describe('history', () => {
      test('is what changed the file, the newest first, with whole messages', async () => {
        const long = `deploy: 2\n\n${'A line of the body.\n'.repeat(500)}\nImage-Update: route=payments id=2`;
        const { repository, directory, first } = await seeded();
        const second = await addCommit(directory, { message: long, files: { [valuesFile]: 'tag: "2"\n' } });
        await addCommit(directory, { files: { 'other.yaml': 'x' } });
        const fourth = await addCommit(directory, { message: 'größer 🚀', files: { [valuesFile]: 'tag: "3"\n' } });
        const tip = await addCommit(directory, { files: { 'other.yaml': 'y' } });
        const commits = await list(repository.history(tip, valuesFile, 10));
        expect(commits.map(({ commit, message }) => [commit, message.trimEnd()])).toEqual([
          [fourth, 'größer 🚀'],
          [second, long],
          [first, 'by hand'],
        ]);
        expect((await list(repository.history(tip, valuesFile, 2))).map(({ commit }) => commit)).toEqual([
          fourth,
          second,
        ]);
        expect((await list(repository.history(second, valuesFile, 1))).map(({ commit }) => commit)).toEqual([second]);
      });

      test('of our own commits', async () => {
        const { repository, first } = await seeded();
        const { commit: second } = await pushTag(repository, first, 2);
        const { commit: third } = await pushTag(repository, second, 3);
        const commits = await list(repository.history(third, valuesFile, 10));
        expect(commits.map(({ commit }) => commit)).toEqual([third, second, first]);
      });
    });

    describe('above', () => {
      test('is what the tip has and the base has not, with whole messages', async () => {
        const long = `deploy: 2\n\n${'A line of the body.\n'.repeat(500)}`.trimEnd();
        const { repository, directory, first } = await seeded();
        const second = await addCommit(directory, { message: long, files: { [valuesFile]: 'tag: "2"\n' } });
        const third = await addCommit(directory, { files: { 'other.yaml': 'x' } });
        expect(trimmed(await repository.above(first, third, 10))).toEqual({
          commits: [
            { commit: third, message: 'by hand' },
            { commit: second, message: long },
          ],
          complete: true,
        });
        expect(trimmed(await repository.above(first, third, 2)).complete).toBe(true);
        expect(await repository.above(third, third, 2)).toEqual({ commits: [], complete: true });
      });

      test('says when there is more than was asked for', async () => {
        const { repository, directory, first } = await seeded();
        await addCommit(directory, { files: { 'other.yaml': '2' } });
        const tip = await addCommit(directory, { files: { 'other.yaml': '3' } });
        expect(trimmed(await repository.above(first, tip, 1))).toEqual({
          commits: [{ commit: tip, message: 'by hand' }],
          complete: false,
        });
      });

      test('says when the base is no ancestor', async () => {
        const { repository, directory, first } = await seeded();
        const other = await addCommit(directory, { parents: [], files: { 'other.yaml': '1' } });
        expect(trimmed(await repository.above(first, other, 5))).toEqual({
          commits: [{ commit: other, message: 'by hand' }],
          complete: false,
        });
      });

      test('of our own commits', async () => {
        const { repository, first } = await seeded();
        const { commit: second } = await pushTag(repository, first, 2);
        const { commit: third } = await pushTag(repository, second, 3);
        const { commits, complete } = await repository.above(first, third, 10);
        expect(commits.map(({ commit }) => commit)).toEqual([third, second]);
        expect(complete).toBe(true);
      });
    });
  });
}

function pushTag(repository: GitOpsRepository, base: string, tag: number, branch = 'main') {
  const content = encoder.encode(`tag: "${tag}"\n`);
  return repository.push({ branch, base, message: `deploy: ${tag}`, files: [{ path: valuesFile, content }] });
}

async function readText(repository: GitOpsRepository, commit: string): Promise<string | undefined> {
  const bytes = (await repository.read(commit, [valuesFile])).get(valuesFile);
  return bytes && new TextDecoder().decode(bytes);
}

/** As the app does it: tip, files, push; again from the start where the branch has moved. */
async function appendLine(repository: GitOpsRepository, line: string): Promise<void> {
  for (;;) {
    const { branch, commit }: Tip = await repository.tip('main');
    const before = (await repository.read(commit, ['lines.txt'])).get('lines.txt') ?? new Uint8Array();
    const content = Buffer.concat([before, Buffer.from(line)]);
    try {
      await repository.push({ branch, base: commit, message: line, files: [{ path: 'lines.txt', content }] });
      return;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'branch-moved') throw error;
    }
  }
}

/** Hosts differ about the line feed at a message's end. */
function trimmed({ commits, complete }: CommitsAbove): CommitsAbove {
  return { commits: commits.map(({ commit, message }) => ({ commit, message: message.trimEnd() })), complete };
}

export async function list(commits: AsyncIterable<Commit>): Promise<Commit[]> {
  const all: Commit[] = [];
  for await (const commit of commits) all.push(commit);
  return all;
}
