import { isUtf8 } from 'node:buffer';

/** Text encodings that the service distinguishes, by Windows code page. */
export interface TextEncoding {
  readonly codePage: number;
  readonly byteOrderMark: Buffer;
  readonly decode: (bytes: Buffer) => string;
  readonly encode: (text: string) => Buffer;
}

const swap = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();

const utf8: TextEncoding = {
  codePage: 65001,
  byteOrderMark: Buffer.alloc(0),
  decode: (bytes) => bytes.toString('utf8'),
  encode: (text) => Buffer.from(text, 'utf8'),
};
const utf8WithMark: TextEncoding = { ...utf8, byteOrderMark: Buffer.from([0xef, 0xbb, 0xbf]) };
const utf16LittleEndian: TextEncoding = {
  codePage: 1200,
  byteOrderMark: Buffer.from([0xff, 0xfe]),
  decode: (bytes) => bytes.toString('utf16le'),
  encode: (text) => Buffer.from(text, 'utf16le'),
};
const utf16BigEndian: TextEncoding = {
  codePage: 1201,
  byteOrderMark: Buffer.from([0xfe, 0xff]),
  decode: (bytes) => swap(bytes).toString('utf16le'),
  encode: (text) => swap(Buffer.from(text, 'utf16le')),
};
const western: TextEncoding = {
  codePage: 1252,
  byteOrderMark: Buffer.alloc(0),
  decode: (bytes) => new TextDecoder('windows-1252').decode(bytes),
  encode: (text) => Buffer.from(text, 'latin1'),
};

/** The encoding of a file: by its byte order mark, else UTF-8 where the bytes are valid, else Western. */
export function detectEncoding(bytes: Buffer): TextEncoding {
  const marked = [utf8WithMark, utf16LittleEndian, utf16BigEndian].find(({ byteOrderMark }) =>
    bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark),
  );
  return marked ?? (isUtf8(bytes) ? utf8 : western);
}

/** Without byte order mark. */
export function decodeText(bytes: Buffer): string {
  const encoding = detectEncoding(bytes);
  return encoding.decode(bytes.subarray(encoding.byteOrderMark.length));
}

/** Encodes text as the file `like` is encoded, byte order mark and all. */
export function encodeTextLike(text: string, like: Buffer): Buffer {
  const { byteOrderMark, encode } = detectEncoding(like);
  return Buffer.concat([byteOrderMark, encode(text.replace(/^\ufeff/, ''))]);
}

/** Git's own test: a NUL byte near the beginning, in a file that no byte order mark declares to be text. */
export function isBinary(bytes: Buffer): boolean {
  return detectEncoding(bytes).byteOrderMark.length === 0 && bytes.subarray(0, 8000).includes(0);
}
