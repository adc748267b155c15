/** A text without its middle if it is too long: of nested errors the cause is at the end. */
export function shortenMiddle(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = Math.floor((longest - 3) / 3);
  return `${text.slice(0, head).trimEnd()} … ${text.slice(text.length - (longest - 3 - head)).trimStart()}`;
}

/** A text from elsewhere on one line, without control characters and no longer than given. */
export function oneLine(text: string, longest: number): string {
  return text
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, longest);
}
