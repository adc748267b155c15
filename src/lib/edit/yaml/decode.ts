import { Failure } from '../../model/failure.ts';

/** The largest file that is edited: 5 MiB. */
export const maxFileBytes = 5 * 1024 * 1024;

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
    const mebibytes = (bytes / 1024 / 1024).toFixed(1);
    throw new Failure(
      'file-too-large',
      `${file} has ${mebibytes} MiB; files over 5 MiB are not edited. Move the image into a smaller file.`,
      {
        place: { file },
      },
    );
  }
}

function notText(file: string, reason: string, cause?: unknown): Failure {
  return new Failure('file-not-text', `${file} cannot be edited: ${reason}. Save it as UTF-8.`, {
    place: { file },
    cause,
  });
}
