import type { Token } from './scan.ts';

/** Commands; each gets the result of the previous one as its last argument. */
export interface Pipeline {
  /** The variables that are set. `declares`: they are new (`:=`). */
  readonly variables: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

export type Command = readonly Operand[];

export type Operand =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** Fields of dot, of a variable, or of the result of a pipeline in brackets. */
  | {
      readonly kind: 'chain';
      readonly of: 'dot' | Pipeline | { readonly variable: string };
      readonly fields: readonly string[];
    };

export function parsePipeline(all: readonly Token[]): Pipeline {
  const tokens = [...all];
  const pipeline = takePipeline(tokens);
  if (tokens.length > 0) throw new SyntaxError(`Something follows an action: ${JSON.stringify(tokens[0])}`);
  return pipeline;
}

const literals = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

function takePipeline(tokens: Token[]): Pipeline {
  const { variables, declares } = takeVariables(tokens);
  const commands = [takeCommand(tokens)];
  while (isSign(tokens[0], '|')) {
    tokens.shift();
    commands.push(takeCommand(tokens));
  }
  return { variables, declares, commands };
}

function takeVariables(tokens: Token[]): Pick<Pipeline, 'variables' | 'declares'> {
  const at = tokens.findIndex((token) => isSign(token, ':=') || isSign(token, '='));
  const before = at < 0 ? [] : tokens.slice(0, at).filter((token) => !isSign(token, ','));
  const names = before.flatMap((token) => (token.kind === 'variable' ? [token.text] : []));
  if (at <= 0 || names.length !== before.length) return { variables: [], declares: false };
  const declares = isSign(tokens[at], ':=');
  tokens.splice(0, at + 1);
  return { variables: names, declares };
}

function takeCommand(tokens: Token[]): Command {
  const operands: Operand[] = [];
  for (let token = tokens[0]; token && !isSign(token, '|') && !isSign(token, ')'); token = tokens[0]) {
    operands.push(takeOperand(tokens));
  }
  if (operands.length === 0) throw new SyntaxError('A command is missing.');
  return operands;
}

function takeOperand(tokens: Token[]): Operand {
  const token = tokens.shift();
  if (token?.kind === 'text') return { kind: 'literal', value: token.text };
  if (token?.kind === 'number') return { kind: 'literal', value: token.value };
  if (token?.kind === 'word') {
    const literal = literals.get(token.text);
    return literal === undefined ? { kind: 'function', name: token.text } : { kind: 'literal', value: literal };
  }
  if (token?.kind === 'field') return { kind: 'chain', of: 'dot', fields: [token.text, ...takeFields(tokens)] };
  if (token?.kind === 'variable') return { kind: 'chain', of: { variable: token.text }, fields: takeFields(tokens) };
  if (isSign(token, '.')) return { kind: 'chain', of: 'dot', fields: [] };
  if (isSign(token, '(')) {
    const of = takePipeline(tokens);
    if (!isSign(tokens.shift(), ')')) throw new SyntaxError('A bracket is not closed.');
    return { kind: 'chain', of, fields: takeFields(tokens) };
  }
  throw new SyntaxError(`An operand is expected instead of ${JSON.stringify(token)}.`);
}

function takeFields(tokens: Token[]): string[] {
  const fields: string[] = [];
  for (let token = tokens[0]; token?.kind === 'field' && token.isAttached; token = tokens[0]) {
    fields.push(token.text);
    tokens.shift();
  }
  return fields;
}

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}
