import { isMap, isScalar } from 'yaml';
import type { Document, Scalar } from 'yaml';
import { Failure } from '../../model/failure.ts';
import type { Position } from './line-index.ts';
import { startOf } from './structure.ts';

/** The failure of a file that Git LFS keeps: Git holds only a pointer. */
export function lfsPointer(file: string): Failure {
  return new Failure(
    'not-yaml',
    `${file} is kept by Git LFS: the repository holds a pointer, which is not edited. Exclude the file from LFS (\`git lfs migrate export\`).`,
    { place: { file, line: 1, column: 1 } },
  );
}

/** @throws Failure `not-yaml` for a pointer of Git LFS */
export function refusePointer(file: string, text: string): void {
  if (text.startsWith('version https://git-lfs.github.com/spec/')) throw lfsPointer(file);
}

interface ReadText {
  readonly file: string;
  readonly text: string;
  readonly position: (offset: number) => Position;
}

/**
 * Refuses files of other formats that a YAML parser accepts: `.env`, `.tfvars`, `.bicepparam` and `.properties` are one
 * long text to it, and so is a symbolic link, which Git keeps as its path; a comment of JSON becomes a key.
 *
 * @throws Failure `not-yaml`
 */
export function refuseOtherFormats({ file, text, position }: ReadText, documents: readonly Document.Parsed[]): void {
  const contents = documents.map((document) => document.contents);
  const first = contents.find(isPlainText);
  if (first && contents.every((node) => isNothing(node) || isPlainText(node))) {
    throw new Failure(
      'not-yaml',
      `${file} is not YAML or JSON, and only these are edited. If it is a symbolic link, name the file that it leads to.`,
      { place: { file, ...position(startOf(first) ?? 0) } },
    );
  }
  const comment = /^\uFEFF?\s*[[{]/.test(text) ? contents.flatMap(commentIn)[0] : undefined;
  if (comment !== undefined) {
    throw new Failure(
      'not-yaml',
      `${file} has comments of JavaScript (\`//\`), which neither JSON nor YAML has. Remove them, or use YAML with \`#\`.`,
      { place: { file, ...position(comment) } },
    );
  }
}

/** Offsets of the plain keys that begin with a comment of JavaScript. */
function commentIn(node: unknown): readonly number[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) && key.type === 'PLAIN' && /^\/[/*]/.test(key.source ?? '') ? [startOf(key) ?? 0] : commentIn(value),
  );
}

function isPlainText(node: unknown): node is Scalar {
  return isScalar(node) && node.type === 'PLAIN' && !isNothing(node);
}

function isNothing(node: unknown): boolean {
  return (
    node === null || (isScalar(node) && node.type === 'PLAIN' && /^(?:~|null|Null|NULL|)$/.test(node.source ?? ''))
  );
}
