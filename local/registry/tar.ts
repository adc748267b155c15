import { gzipSync } from 'node:zlib';

const blockBytes = 512;

/** A gzipped tar archive (POSIX ustar) of small text files, the same bytes for the same files. */
export function tarGzip(files: Readonly<Record<string, string>>): { readonly gzip: Buffer; readonly tar: Buffer } {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    return [
      header(path, content.length),
      content,
      Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes),
    ];
  });
  const tar = Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
  return { gzip: gzipSync(tar), tar };
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(path, 0, 100);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
