import type { z } from 'zod';
import { didYouMean } from './suggest.ts';
import type { Step } from './source-map.ts';
import type { ProblemCode } from './problem-codes.ts';
import { fieldsAt } from './schema-fields.ts';
import { shorten, formatValue } from './format-value.ts';

/** A schema violation, in terms of the settings. */
export interface ShapeProblem {
  readonly code: ProblemCode;
  readonly path: readonly Step[];
  /** Whether the key or its value is invalid. */
  readonly part: 'key' | 'value';
  readonly message: string;
}

/** All violations of `schema` in a value. */
export function shapeProblems(schema: z.ZodType, value: unknown): readonly ShapeProblem[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => fromIssue(schema, value, issue));
}

function fromIssue(schema: z.ZodType, root: unknown, issue: z.core.$ZodIssue): readonly ShapeProblem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(schema, path, key));
  const found = valueAt(root, path);
  if (found === undefined) {
    const message = `the field is missing; expected ${expected(issue)}`;
    return [{ code: 'missing-field', path, part: 'value', message }];
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const near = typeof found === 'string' ? didYouMean(found, values) : '';
    return [
      {
        code: 'wrong-value',
        path,
        part: 'value',
        message: `found ${formatValue(found)}; expected ${expected(issue)}${near}`,
      },
    ];
  }
  const nested = issue.code === 'invalid_union' ? issue.errors.find(isOfFittingType) : undefined;
  if (nested)
    return nested.flatMap((inner) => fromIssue(schema, root, { ...inner, path: [...issue.path, ...inner.path] }));
  const code = issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'wrong-type' : 'wrong-value';
  return [
    {
      code,
      path,
      part: 'value',
      message: `found ${formatValue(found)}; expected ${expected(issue)}${hint(issue, found)}`,
    },
  ];
}

/** Whether these are the issues of the alternative whose type the value has. */
function isOfFittingType(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.length > 0 && issues.every(({ code, path }) => path.length > 0 || code !== 'invalid_type');
}

function unknownField(schema: z.ZodType, path: readonly Step[], key: string): ShapeProblem {
  const known = fieldsAt(schema, path);
  const near = didYouMean(key, known) || `; expected one of ${known.map((name) => `\`${name}\``).join(', ')}`;
  return {
    code: 'unknown-field',
    path: [...path, key],
    part: 'key',
    message: `unknown field \`${shorten(key)}\`${near}`,
  };
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
};

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return listOf(issue.values.map((value) => `\`${String(value)}\``));
    case 'invalid_union':
      return listOf([...new Set(issue.errors.flatMap((errors) => errors.slice(0, 1).map(expected)))]);
    case 'too_small':
      if (issue.origin === 'string') return 'text that is not empty';
      if (issue.origin === 'array') return 'a list that is not empty';
      return `a number greater than ${String(issue.minimum)}`;
    case 'too_big':
      return issue.origin === 'array' ? `at most ${String(issue.maximum)} entries` : `at most ${String(issue.maximum)}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return shorten(issue.message);
    default:
      return issue satisfies never;
  }
}

const durations: ReadonlySet<PropertyKey | undefined> = new Set(['soak', 'failureAfter', 'duration']);

/** YAML parses `1.20` as a number where the field expects text. A duration also needs a unit, so quotes alone do not help. */
function hint(issue: z.core.$ZodIssue, found: unknown): string {
  const wantsText = expected(issue).split(' or ').includes('text');
  if (!wantsText || (typeof found !== 'number' && typeof found !== 'boolean')) return '';
  return durations.has(issue.path.at(-1))
    ? ` with a unit, such as ${String(found)}m for minutes`
    : ` (put it in quotes: '${String(found)}')`;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function valueAt(root: unknown, path: readonly Step[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<Step, unknown>)[step] : undefined;
  }
  return value;
}
