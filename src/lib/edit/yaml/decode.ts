import { Failure } from '../../model/failure.ts';

/** The largest file that is read for edits. */
export const maxFileBytes = 1024 * 1024;

/**
 * The most YAML tokens of a file, because time and memory follow the tokens, not the bytes. 1 MiB can have 2 million, which
 * take 3 s and 300 MiB. Usual values of 560 KiB have 250,000: 0.4 s in steps of 80 ms at most, and 45 MiB.
 */
export const maxTokens = 250_000;

/**
 * Reads a file's bytes as UTF-8. A byte order mark stays in the text, so that encoding it again gives the same bytes.
 *
 * @throws Failure `file-too-large`, or `file-not-text` for UTF-16, UTF-32, other encodings and binary files.
 */
export function decode(file: string, bytes: Uint8Array): string {
  requireSize(file, bytes.length);
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (wide || bytes.includes(0)) {
    throw notText(file, 'it holds UTF-16, UTF-32 or binary data');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw notText(file, 'it holds bytes that are not UTF-8', error);
  }
}

/** @throws Failure `file-too-large` */
export function requireSize(file: string, bytes: number): void {
  if (bytes > maxFileBytes) {
    const [found, limit] = [bytes, maxFileBytes].map((size) => `${Number((size / 1024 / 1024).toFixed(1))} MiB`);
    throw new Failure(
      'file-too-large',
      `${file} has ${found}; files over ${limit} are not edited. Move the image into a smaller file.`,
      { place: { file } },
    );
  }
}

function notText(file: string, reason: string, cause?: unknown): Failure {
  return new Failure('file-not-text', `${file} cannot be edited: ${reason}. Save it as UTF-8.`, {
    place: { file },
    cause,
  });
}
