import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { checkPack, packLimits, PackTooLarge } from '../../../src/lib/git/git-remote/pack-limits.ts';

const blob = 3;
const referenceDelta = 7;

function sizeBytes(size: number): number[] {
  const bytes: number[] = [];
  let rest = size;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** An object with its header; `stated` is the size that the header claims. */
function object(type: number, content: Buffer, stated = content.length): Buffer {
  const rest = Math.floor(stated / 16);
  const header = [(type << 4) | (stated % 16) | (rest > 0 ? 128 : 0), ...(rest > 0 ? sizeBytes(rest) : [])];
  const base = type === referenceDelta ? Buffer.alloc(20, 1) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(header), base, deflateSync(content)]);
}

function packOf(...objects: readonly Buffer[]): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(objects.length, 8);
  const body = Buffer.concat([header, ...objects]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

const mebibyte = 1024 * 1024;
const limits = { maxObjectBytes: mebibyte, maxBytes: 3 * mebibyte };
const full = object(blob, Buffer.alloc(mebibyte));

test.each([
  ['empty and small objects', [object(blob, Buffer.alloc(0)), object(blob, Buffer.from('a: 1\n'))]],
  ['objects of the limit', [full, full, full]],
  ['a delta', [object(blob, Buffer.from('a: 1\n')), object(referenceDelta, Buffer.from([5, 5, 0x90, 5]))]],
])('%s pass', async (_name, objects) => {
  await expect(checkPack(packOf(...objects), limits)).resolves.toBeUndefined();
});

test.each([
  ['an object over the limit', [object(blob, Buffer.alloc(mebibyte + 1))]],
  ['many objects', [full, full, full, full]],
  [
    'a delta of a few bytes with a large result',
    [full, object(referenceDelta, Buffer.from([...sizeBytes(mebibyte), ...sizeBytes(40 * mebibyte), 0x80]))],
  ],
])('%s: too large', async (_name, objects) => {
  await expect(checkPack(packOf(...objects), limits)).rejects.toBeInstanceOf(PackTooLarge);
});

test('a pack of 1 MiB that inflates to 1 GiB is refused without memory for it', async () => {
  const part = deflateSync(Buffer.alloc(1024));
  const bomb = packOf(Buffer.concat([object(blob, Buffer.alloc(0), 1024 * mebibyte).subarray(0, 6), part]));
  const before = process.memoryUsage().rss;
  await expect(checkPack(bomb, packLimits)).rejects.toBeInstanceOf(PackTooLarge);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * mebibyte);
});

test('a header that states less than the object has is a broken pack', async () => {
  const lie = packOf(object(blob, Buffer.alloc(64 * mebibyte), 10));
  const error = await checkPack(lie, packLimits).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(PackTooLarge);
});
