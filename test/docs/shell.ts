/** A simple command of a shell text, split into words. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** Counted from the first line of the text, 0. */
  readonly line: number;
}

const hereDocument = /<<-?\s*(['"]?)(\w+)\1/;

/** The simple commands of a shell text. It knows quotes, continued lines, pipes and here-documents; no more is needed of examples. */
export function shellCommands(text: string): ShellCommand[] {
  const lines = text.split('\n');
  const commands: ShellCommand[] = [];
  for (let line = 0; line < lines.length; line += 1) {
    const start = line;
    let joined = lines[line] ?? '';
    while (joined.endsWith('\\') && line + 1 < lines.length) {
      line += 1;
      joined = `${joined.slice(0, -1)} ${lines[line] ?? ''}`;
    }
    // A quote that stays open goes on in the next line.
    while (hasOpenQuote(joined) && line + 1 < lines.length) {
      line += 1;
      joined = `${joined}\n${lines[line] ?? ''}`;
    }
    const end = hereDocument.exec(joined)?.[2];
    for (const words of split(joined)) if (words.length > 0) commands.push({ words, line: start });
    if (end !== undefined) {
      const last = lines.findIndex((other, at) => at > line && other.trim() === end);
      line = last === -1 ? lines.length : last;
    }
  }
  return commands;
}

function hasOpenQuote(text: string): boolean {
  const bare = text.replaceAll(/\\.|"(?:\\.|[^"\\])*"|'[^']*'/g, '').replace(/(?:^|\s)#.*$/s, '');
  return /["']/.test(bare);
}

const token = /\\(.)|"((?:\\.|[^"\\])*)"|'([^']*)'|(&&|\|\||[;|&])|(\s+)|(#.*)|([^\s\\"'&|;]+)/gs;

/** Words of each command in a line; assignments before a command are left out. */
function split(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = (): void => {
    const words = commands.at(-1);
    if (word !== undefined && !(words?.length === 0 && /^\w+=/.test(word))) words?.push(word);
    word = undefined;
  };
  for (const [, escaped, double, single, operator, space, comment, plain] of line.matchAll(token)) {
    if (comment !== undefined && word === undefined) break;
    if (space !== undefined || operator !== undefined) endWord();
    if (operator !== undefined) commands.push([]);
    const text = escaped ?? double ?? single ?? plain ?? comment;
    if (text !== undefined) word = (word ?? '') + text;
  }
  endWord();
  return commands;
}
