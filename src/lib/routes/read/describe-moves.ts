import { formatSteps, type SourceMap, type Step } from './source-map.ts';

/** Keys that a wrong indentation put into another map, at the first of them. */
export interface MisplacedKeys {
  readonly line: number;
  readonly column: number;
  readonly path: readonly Step[];
  /** The map that they belong to. */
  readonly target: readonly Step[];
  readonly message: string;
}

interface End {
  readonly value: unknown;
  readonly path: readonly Step[];
}

/** A key, its map, and the map that it belongs to. */
export interface Move {
  readonly key: string;
  readonly from: End;
  readonly to: End;
  readonly offset: number;
  /** The expected indentation. */
  readonly expected: string;
  readonly isDeeper: boolean;
}

/** One problem for keys that follow each other and belong to the same map. */
export function describeMoves(moves: readonly Move[], sourceMap: SourceMap): readonly MisplacedKeys[] {
  const slips: (readonly [Move, ...Move[]])[] = [];
  for (const move of moves) {
    const slip = slips.at(-1);
    if (slip && slip[0].from.value === move.from.value && slip[0].to.value === move.to.value)
      slips.splice(-1, 1, [...slip, move]);
    else slips.push([move]);
  }
  return slips.map(([first, ...others]) => {
    const { key, from, to, offset, expected, isDeeper } = first;
    const { line, column } = sourceMap.at(offset);
    const owner = formatSteps(isDeeper ? to.path : from.path);
    const also = others.slice(0, 3).map((one) => `\`${one.key}\` in line ${sourceMap.at(one.offset).line}`);
    const more = others.length > 3 ? `, and ${others.length - 3} more` : '';
    return {
      line,
      column,
      path: [...from.path, key],
      target: to.path,
      message: [
        `is indented by ${column - 1} space${column === 2 ? '' : 's'}, so it is ${isDeeper ? 'not in' : 'in'} \`${owner}\``,
        `; expected ${expected}`,
        also.length === 0 ? '' : `; also ${also.join(', ')}${more}`,
      ].join(''),
    };
  });
}
