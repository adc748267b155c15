/** A text without its middle if it is too long: of nested errors the cause is at the end. No character is cut in two. */
export function shortenMiddle(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = Math.floor((longest - 3) / 3);
  const start = text.slice(0, head).replace(/[\uD800-\uDBFF]$/, '');
  const end = text.slice(text.length - (longest - 3 - head)).replace(/^[\uDC00-\uDFFF]/, '');
  return `${start.trimEnd()} … ${end.trimStart()}`;
}

/** A text from elsewhere on one line, without control characters and no longer than given. */
export function oneLine(text: string, longest: number): string {
  return text
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, longest);
}
