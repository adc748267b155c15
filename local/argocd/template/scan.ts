/** A piece of a template: literal text, or the inside of an action. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly text: string };

/** Splits a template into texts and actions; `{{-` and `-}}` remove the adjacent white space; comments are dropped. */
export function scan(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimsNext = false;
  while (at < template.length) {
    const open = template.indexOf('{{', at);
    let text = open < 0 ? template.slice(at) : template.slice(at, open);
    if (trimsNext) text = text.trimStart();
    if (open < 0) {
      pieces.push({ kind: 'text', text });
      break;
    }
    const trimsBefore = /^\{\{-\s/.test(template.slice(open, open + 4));
    pieces.push({ kind: 'text', text: trimsBefore ? text.trimEnd() : text });
    const close = endOfAction(template, open + 2);
    trimsNext = /\s-$/.test(template.slice(open + 2, close));
    const inside = template.slice(open + (trimsBefore ? 3 : 2), trimsNext ? close - 1 : close).trim();
    if (!/^\/\*.*\*\/$/s.test(inside)) pieces.push({ kind: 'action', text: inside });
    at = close + 2;
  }
  return pieces.filter(({ kind, text }) => kind === 'action' || text !== '');
}

/** The index of the closing `}}`; one within a text belongs to the text. */
function endOfAction(template: string, start: number): number {
  const pattern = /"(?:[^"\\]|\\.)*"|`[^`]*`|\/\*.*?\*\/|\}\}/gs;
  pattern.lastIndex = start;
  for (let match = pattern.exec(template); match; match = pattern.exec(template)) {
    if (match[0] === '}}') return match.index;
  }
  throw new SyntaxError(`The action at ${template.slice(start - 2, start + 30)} has no end.`);
}

export type Token =
  | { readonly kind: 'text' | 'word' | 'variable' | 'sign'; readonly text: string }
  /** `.name`; attached to the previous token, it is a field of it. */
  | { readonly kind: 'field'; readonly text: string; readonly isAttached: boolean }
  | { readonly kind: 'number'; readonly value: number };

/** Splits an action into tokens; `.` alone is the sign `.`. */
export function tokenize(action: string): readonly Token[] {
  const pattern =
    /\s+|(?<text>"(?:[^"\\]|\\.)*")|`(?<raw>[^`]*)`|(?<number>-?\d+)|\$(?<variable>\w*)|\.(?<field>\w+)|(?<word>[A-Za-z_]\w*)|(?<sign>:=|[.=|(),])/y;
  const tokens: Token[] = [];
  let at = 0;
  while (at < action.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(action);
    if (!match) throw new SyntaxError(`This action is not supported: ${action.slice(at)}`);
    at = pattern.lastIndex;
    const { text, raw, number, variable, field, word, sign } = match.groups ?? {};
    if (text !== undefined) tokens.push({ kind: 'text', text: JSON.parse(text) as string });
    else if (raw !== undefined) tokens.push({ kind: 'text', text: raw });
    else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (variable !== undefined) tokens.push({ kind: 'variable', text: variable });
    else if (field !== undefined)
      tokens.push({ kind: 'field', text: field, isAttached: isAttached(action, match.index) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

function isAttached(action: string, at: number): boolean {
  return at > 0 && /[\w$)]/.test(action.charAt(at - 1));
}
