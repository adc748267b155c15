interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * A source map (ECMA-426) without the mappings of packages, which would be a fifth of what is deployed. A stack trace names
 * the functions of packages without them.
 */
export function ownSourceMap(json: string): string {
  const map = JSON.parse(json) as SourceMap;
  const isPackage = map.sources.map((source) => source.includes('node_modules/'));
  // Source, line, column and name run through the whole map; the generated column begins anew in each line.
  const read = [0, 0, 0, 0, 0];
  const written = [0, 0, 0, 0, 0];
  const lines = map.mappings.split(';').map((line) => {
    [read[0], written[0]] = [0, 0];
    let isOwn = true;
    const kept: string[] = [];
    for (const segment of line === '' ? [] : line.split(',')) {
      const fields = decode(segment);
      for (const [index, delta] of fields.entries()) read[index] = (read[index] ?? 0) + delta;
      const wasOwn = isOwn;
      isOwn = fields.length > 1 && isPackage[read[1] ?? 0] !== true;
      // A segment of one field ends the own code before it.
      const count = isOwn ? fields.length : Number(wasOwn);
      if (count === 0) continue;
      kept.push(
        read
          .slice(0, count)
          .map((value, index) => encode(value - (written[index] ?? 0)))
          .join(''),
      );
      for (let index = 0; index < count; index += 1) written[index] = read[index] ?? 0;
    }
    return kept.join(',');
  });
  return JSON.stringify({ ...map, mappings: lines.join(';') });
}

/** Base64 VLQ: five bits a digit, the lowest first; the lowest bit of a value is its sign. */
function decode(segment: string): readonly number[] {
  const values: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value += (digit % 32) * 2 ** shift;
    shift += 5;
    if (digit >= 32) continue;
    values.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    [value, shift] = [0, 0];
  }
  return values;
}

function encode(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = '';
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += digits[rest > 0 ? digit + 32 : digit];
  } while (rest > 0);
  return text;
}
