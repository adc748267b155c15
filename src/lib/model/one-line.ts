/** A text from elsewhere on one line, without control characters and no longer than given. */
export function oneLine(text: string, longest: number): string {
  return text
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, longest);
}
