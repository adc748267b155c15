import { spawn } from 'node:child_process';
import { git } from '../../local/git.ts';
import { parseTrailers } from '../../src/lib/model/trailers.ts';
import type { ImageUpdate } from '../../src/lib/model/trailers.ts';
import { filePaths, readFileValues } from './slots.ts';
import type { Value } from './slots.ts';

/** A commit of a branch, with what every slot holds there. */
export interface HistoryCommit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly tree: string;
  readonly subject: string;
  /** The updates that it says it delivers; a person's commit has none. */
  readonly trailers: readonly ImageUpdate[];
  readonly values: ReadonlyMap<string, Value>;
}

/** The first-parent history of each branch, the oldest commit first. */
export async function readHistories(
  bare: string,
  branches: readonly string[],
): Promise<ReadonlyMap<string, readonly HistoryCommit[]>> {
  const heads = await Promise.all(branches.map(async (branch) => [branch, await listCommits(bare, branch)] as const));
  const specs = heads.flatMap(([, commits]) => commits.flatMap(({ id }) => filePaths.map((path) => `${id}:${path}`)));
  const texts = await readBlobs(bare, specs);
  return new Map(
    heads.map(([branch, commits]) => [
      branch,
      commits.map((commit) => Object.assign(commit, { values: valuesAt(commit.id, texts) })),
    ]),
  );
}

async function listCommits(bare: string, branch: string): Promise<Omit<HistoryCommit, 'values'>[]> {
  const format = '%H%x01%P%x01%T%x01%s%x01%B%x02';
  const output = await git(['log', '--first-parent', '--reverse', `--format=${format}`, `refs/heads/${branch}`], bare);
  return output
    .split('\u0002')
    .map((text) => text.trimStart().split('\u0001'))
    .filter(([id]) => id !== undefined && id !== '')
    .map(([id = '', parents = '', tree = '', subject = '', message = '']) => ({
      id,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      tree,
      subject,
      trailers: parseTrailers(message),
    }));
}

function valuesAt(commit: string, texts: ReadonlyMap<string, string>): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const path of filePaths) {
    for (const [slot, value] of readFileValues(path, texts.get(`${commit}:${path}`) ?? '')) values.set(slot, value);
  }
  return values;
}

/** The texts of `<commit>:<path>`, by one process. */
export async function readBlobs(bare: string, specs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const child = spawn('git', ['cat-file', '--batch'], { cwd: bare, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(specs.map((spec) => `${spec}\n`).join(''));
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const output = Buffer.concat(chunks);
  const texts = new Map<string, string>();
  let at = 0;
  for (const spec of specs) {
    const end = output.indexOf('\n', at);
    const header = output.toString('utf8', at, end);
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1] ?? Number.NaN);
    if (Number.isNaN(size)) throw new Error(`git cat-file has no ${spec}: ${header}`);
    texts.set(spec, output.toString('utf8', end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return texts;
}
