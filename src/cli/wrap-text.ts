/** Text in lines of at most `width` characters, each after the indent. A longer word has a line of its own. */
export function wrapText(text: string, { indent, width }: { readonly indent: number; readonly width: number }): string {
  const most = Math.max(width - indent, 20);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > most && line !== '') {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  return lines.map((one) => `${' '.repeat(indent)}${one}\n`).join('');
}
