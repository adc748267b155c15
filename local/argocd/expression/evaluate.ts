import { isDeepStrictEqual } from 'node:util';
import { formatValue } from '../go-value.ts';
import type { Expression, Operator } from './parse.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Ends a chain at the first `?.` on a missing value. */
const nothing = Symbol('nothing');

/** Evaluates like expr; a member of a missing value without `?.` is an error. */
export function evaluate(expression: Expression, variables: Variables): unknown {
  const value = evaluateChain(expression, variables);
  return value === nothing ? null : value;
}

function evaluateChain(expression: Expression, variables: Variables): unknown {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'name') return variables[expression.name] ?? null;
  if (expression.kind === 'list') return expression.items.map((item) => evaluate(item, variables));
  if (expression.kind === 'call') return call(expression.name, evaluate(expression.argument, variables));
  if (expression.kind === 'method') {
    const given = expression.arguments.map((argument) => evaluate(argument, variables));
    return callMethod(evaluate(expression.of, variables), expression.name, given);
  }
  if (expression.kind === 'not') return !asCondition(evaluate(expression.of, variables));
  if (expression.kind === 'member')
    return memberOf(evaluateChain(expression.of, variables), expression.name, expression.isOptional);
  const { operator, left, right } = expression;
  return operations[operator](evaluate(left, variables), () => evaluate(right, variables));
}

/** Evaluates the right side only if needed. */
const operations: Readonly<Record<Operator, (left: unknown, right: () => unknown) => unknown>> = {
  '??': (left, right) => left ?? right(),
  and: (left, right) => asCondition(left) && asCondition(right()),
  or: (left, right) => asCondition(left) || asCondition(right()),
  '==': (left, right) => isDeepStrictEqual(left, right()),
  '!=': (left, right) => !isDeepStrictEqual(left, right()),
  '>': (left, right) => asNumber(left) > asNumber(right()),
  '>=': (left, right) => asNumber(left) >= asNumber(right()),
  '+': (left, right) => asText(left) + asText(right()),
  in: (left, right) => isIn(left, right()),
};

function memberOf(value: unknown, name: string, isOptional: boolean): unknown {
  if (value === nothing || (isOptional && value === null)) return nothing;
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`cannot fetch ${name} from ${formatValue(value)}`);
  return (value as Variables)[name] ?? null;
}

function isIn(value: unknown, where: unknown): boolean {
  if (Array.isArray(where)) return where.some((item) => isDeepStrictEqual(item, value));
  return typeof where === 'object' && where !== null && typeof value === 'string' && Object.hasOwn(where, value);
}

function call(name: string, argument: unknown): unknown {
  if (name === 'string') return formatValue(argument);
  throw new ReferenceError(`The function ${name} is unknown.`);
}

function callMethod(value: unknown, name: string, given: readonly unknown[]): unknown {
  const method = typeof value === 'object' && value !== null ? (value as Variables)[name] : undefined;
  if (typeof method !== 'function') throw new TypeError(`cannot call ${name} of ${formatValue(value)}`);
  return (method as (...given: readonly unknown[]) => unknown)(...given);
}

function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`expected a number, found ${formatValue(value)}`);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`expected a text, found ${formatValue(value)}`);
}

function asCondition(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`expected a condition, found ${formatValue(value)}`);
}
