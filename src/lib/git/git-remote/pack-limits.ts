import { setImmediate as pause } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { mebibytes } from '../../net/send.ts';

/** Limits of a pack in inflated bytes. Reading one object takes about four times its size in memory. */
export interface PackLimits {
  readonly maxObjectBytes: number;
  readonly maxBytes: number;
}

export const packLimits: PackLimits = { maxObjectBytes: 32 * 1024 * 1024, maxBytes: 256 * 1024 * 1024 };

/** A pack is larger than its limits when it is inflated. */
export class PackTooLarge extends Error {}

/** Bytes 8 to 11 of a pack: the number of its objects, which follow. */
const countAt = 8;
const firstObjectAt = 12;
const offsetDelta = 6;
const referenceDelta = 7;
const referenceBytes = 20;
/** The event loop goes on after this many inflated bytes. */
const pauseEveryBytes = 4 * 1024 * 1024;

/**
 * Checks the sizes in a pack before it is read ("gitformat-pack" in Git's manual): the size in front of each object, the
 * inflated bytes, and the size that a delta states for its result. No object over the limit is inflated.
 *
 * @throws {PackTooLarge}
 * @throws {RangeError} where the pack is broken
 */
export async function checkPack(pack: Buffer, { maxObjectBytes, maxBytes }: PackLimits): Promise<void> {
  let at = firstObjectAt;
  let total = 0;
  let sincePause = 0;
  const count = (bytes: number): void => {
    total += bytes;
    if (bytes > maxObjectBytes) throw new PackTooLarge(`an object of more than ${mebibytes(maxObjectBytes)} MiB`);
    if (total > maxBytes) throw new PackTooLarge(`objects of more than ${mebibytes(maxBytes)} MiB together`);
  };
  for (let left = pack.readUInt32BE(countAt); left > 0; left -= 1) {
    const header = readHeader(pack, at);
    count(header.size);
    at = header.end;
    if (header.type === referenceDelta) at += referenceBytes;
    if (header.type === offsetDelta) at = skipVariable(pack, at);
    const { bytes, length } = inflate(pack.subarray(at), header.size);
    at += length;
    if (header.type === offsetDelta || header.type === referenceDelta) count(resultSize(bytes));
    sincePause += header.size + length;
    if (sincePause < pauseEveryBytes) continue;
    sincePause = 0;
    await pause();
  }
}

/** Type in bits 4 to 6 of the first byte; size in its lower 4 bits, then 7 bits a byte. */
function readHeader(
  pack: Buffer,
  start: number,
): { readonly type: number; readonly size: number; readonly end: number } {
  const first = pack.readUInt8(start);
  let size = first & 15;
  let scale = 16;
  let end = start + 1;
  for (let byte = first; byte >= 128; scale *= 128) {
    byte = pack.readUInt8(end++);
    size += (byte & 127) * scale;
  }
  return { type: (first >> 4) & 7, size, end };
}

function skipVariable(pack: Buffer, start: number): number {
  let at = start;
  while (pack.readUInt8(at) >= 128) at += 1;
  return at + 1;
}

/** A delta begins with the size of its base and of its result. */
function resultSize(delta: Buffer): number {
  let at = skipVariable(delta, 0);
  let size = 0;
  for (let scale = 1, byte = 128; byte >= 128; scale *= 128) {
    byte = delta.readUInt8(at++);
    size += (byte & 127) * scale;
  }
  return size;
}

/** The object at the start of the bytes, and the length of its compressed form. */
function inflate(bytes: Buffer, size: number): { readonly bytes: Buffer; readonly length: number } {
  const chunkSize = Math.min(Math.max(size, 64), 64 * 1024);
  // With `info` the answer has the engine, which knows how much it read; the types do not have it.
  const inflated: unknown = inflateSync(bytes, { info: true, chunkSize, maxOutputLength: size + 1 });
  if (!isInflated(inflated) || inflated.buffer.length !== size) throw new RangeError('an object has another size');
  return { bytes: inflated.buffer, length: inflated.engine.bytesWritten };
}

function isInflated(value: unknown): value is { readonly buffer: Buffer; readonly engine: { bytesWritten: number } } {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}
