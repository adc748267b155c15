import { maxFileBytes } from '../edit/yaml/decode.ts';
import { Failure } from '../model/failure.ts';
import { mebibytes } from '../net/send.ts';

/** A file of a repository is over the limit for edits. The rest of it was not read. */
export function fileTooLarge(
  file: string,
  { repository, cause }: { readonly repository: string; readonly cause?: unknown },
): Failure {
  const limit = `${mebibytes(maxFileBytes)} MiB`;
  return new Failure(
    'file-too-large',
    `${file} has more than ${limit}; files over ${limit} are not edited. Move the image into a smaller file.`,
    { place: { repository, file }, cause },
  );
}

/** @throws {Failure} `file-too-large` */
export function withinLimit(file: string, bytes: Uint8Array, repository: string): Uint8Array {
  if (bytes.length > maxFileBytes) throw fileTooLarge(file, { repository });
  return bytes;
}
