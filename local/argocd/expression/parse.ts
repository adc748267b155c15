export type Expression =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly isOptional: boolean }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly argument: Expression }
  | {
      readonly kind: 'method';
      readonly of: Expression;
      readonly name: string;
      readonly arguments: readonly Expression[];
    }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = 'or' | 'and' | '==' | '!=' | '>' | '>=' | 'in' | '+' | '??';

/** Precedence in expr; `??` binds closest. */
const precedences: Readonly<Record<Operator, number>> = {
  or: 10,
  and: 15,
  '==': 20,
  '!=': 20,
  '>': 20,
  '>=': 20,
  in: 20,
  '+': 30,
  '??': 500,
};
const notPrecedence = 50;
const spellings = new Map([
  ['||', 'or'],
  ['&&', 'and'],
  ['!', 'not'],
]);
const literals = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

/** Parses the part of the language expr that the shipped triggers use: members, texts, lists, comparisons, `and`, `or`, `in`, `+`, `??`, calls, methods. */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text);
  const expression = takeBinary(tokens, 0);
  if (tokens.length > 0) throw new SyntaxError(`Something follows the expression: ${tokens.join(' ')}`);
  return expression;
}

function tokenize(text: string): string[] {
  const pattern =
    /\s+|(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\d+|[A-Za-z_]\w*|\?\?|\?\.|==|!=|>=|&&|\|\||[.,!()[\]>+])/y;
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) throw new SyntaxError(`This expression is not understood here: ${text.slice(at)}`);
    at = pattern.lastIndex;
    if (match[0].trim() !== '') tokens.push(spellings.get(match[0]) ?? match[0]);
  }
  return tokens;
}

function takeBinary(tokens: string[], least: number): Expression {
  let left = takeUnary(tokens);
  for (let next = tokens[0]; next !== undefined && isOperator(next); next = tokens[0]) {
    const precedence = precedences[next];
    if (precedence < least) break;
    tokens.shift();
    left = { kind: 'binary', operator: next, left, right: takeBinary(tokens, precedence + 1) };
  }
  return left;
}

function isOperator(token: string): token is Operator {
  return Object.hasOwn(precedences, token);
}

function takeUnary(tokens: string[]): Expression {
  if (tokens[0] !== 'not') return takeMembers(tokens, takePrimary(tokens));
  tokens.shift();
  return { kind: 'not', of: takeBinary(tokens, notPrecedence) };
}

function takePrimary(tokens: string[]): Expression {
  const token = tokens.shift() ?? '';
  if (/^['"]/.test(token)) return { kind: 'literal', value: token.slice(1, -1).replace(/\\(.)/g, '$1') };
  if (/^\d/.test(token)) return { kind: 'literal', value: Number(token) };
  if (literals.has(token)) return { kind: 'literal', value: literals.get(token) };
  if (/^[A-Za-z_]/.test(token)) {
    if (tokens[0] !== '(') return { kind: 'name', name: token };
    tokens.shift();
    const argument = takeBinary(tokens, 0);
    expect(tokens, ')');
    return { kind: 'call', name: token, argument };
  }
  if (token === '(') {
    const inside = takeBinary(tokens, 0);
    expect(tokens, ')');
    return inside;
  }
  if (token !== '[') throw new SyntaxError(`A value is expected instead of ${token || 'the end'}.`);
  const items: Expression[] = [];
  while (tokens[0] !== ']') {
    items.push(takeBinary(tokens, 0));
    if (tokens[0] === ',') tokens.shift();
    else break;
  }
  expect(tokens, ']');
  return { kind: 'list', items };
}

function takeMembers(tokens: string[], start: Expression): Expression {
  let of = start;
  while (tokens[0] === '.' || tokens[0] === '?.') {
    const isOptional = tokens.shift() === '?.';
    const name = tokens.shift() ?? '';
    if (!/^\w+$/.test(name)) throw new SyntaxError(`A member is expected instead of ${name || 'the end'}.`);
    const [next] = tokens as readonly string[];
    of =
      next === '('
        ? { kind: 'method', of, name, arguments: takeArguments(tokens) }
        : { kind: 'member', of, name, isOptional };
  }
  return of;
}

function takeArguments(tokens: string[]): readonly Expression[] {
  tokens.shift();
  const taken: Expression[] = [];
  while (tokens[0] !== ')') {
    taken.push(takeBinary(tokens, 0));
    if (tokens[0] !== ',') break;
    tokens.shift();
  }
  expect(tokens, ')');
  return taken;
}

function expect(tokens: string[], sign: string): void {
  const token = tokens.shift();
  if (token !== sign) throw new SyntaxError(`${sign} is expected instead of ${token ?? 'the end'}.`);
}
