const colors: readonly (readonly [string, string])[] = [
  ['--- ', '1'],
  ['+++ ', '1'],
  ['@@', '36'],
  ['+', '32'],
  ['-', '31'],
];

/** Colours a unified diff for a terminal. Control characters of the file are shown, not obeyed. */
export function colorDiff(diff: string): string {
  return diff
    .split('\n')
    .map((line) => {
      const visible = line.replaceAll(/(?!\t)\p{Cc}/gu, (character) =>
        character === '\r' ? '' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
      const color = colors.find(([start]) => line.startsWith(start))?.[1];
      return color === undefined ? visible : `\u001b[${color}m${visible}\u001b[0m`;
    })
    .join('\n');
}
