import { functions, isTrue, print } from './functions.ts';
import type { TemplateNode } from './parse.ts';
import type { Command, Operand, Pipeline } from './parse-pipeline.ts';

/** The variables of a block; an assignment changes the innermost variable of the name. */
class Scope {
  readonly #values = new Map<string, unknown>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  declare(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  assign(name: string, value: unknown): void {
    this.#scopeOf(name).#values.set(name, value);
  }

  get(name: string): unknown {
    return this.#scopeOf(name).#values.get(name);
  }

  #scopeOf(name: string): Scope {
    if (this.#values.has(name)) return this;
    if (!this.#outer) throw new ReferenceError(`The variable $${name} does not exist.`);
    return this.#outer.#scopeOf(name);
  }
}

interface Place {
  readonly dot: unknown;
  readonly scope: Scope;
}

/** Renders a template like Go. A missing field is empty, at any depth; an unknown function is an error. */
export function render(nodes: readonly TemplateNode[], data: unknown): string {
  const scope = new Scope();
  scope.declare('', data);
  return renderAll(nodes, { dot: data, scope });
}

function renderAll(nodes: readonly TemplateNode[], place: Place): string {
  return nodes.map((node) => renderNode(node, place)).join('');
}

function renderNode(node: TemplateNode, place: Place): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'print') {
    const value = evaluate(node.pipeline, place);
    return node.pipeline.variables.length > 0 ? '' : print(value);
  }
  const inner = { dot: place.dot, scope: new Scope(place.scope) };
  const value = evaluate(node.pipeline, inner, node.kind !== 'range');
  if (!isTrue(value)) return renderAll(node.otherwise, inner);
  if (node.kind === 'if') return renderAll(node.body, inner);
  if (node.kind === 'with') return renderAll(node.body, { ...inner, dot: value });
  return entriesOf(value)
    .map(([key, dot]) => {
      const scope = new Scope(inner.scope);
      const { variables } = node.pipeline;
      const values = variables.length > 1 ? [key, dot] : [dot];
      variables.forEach((name, index) => scope.declare(name, values[index]));
      return renderAll(node.body, { dot, scope });
    })
    .join('');
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item as unknown]);
  if (typeof value === 'object' && value !== null) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  throw new TypeError(`range over ${print(value)}`);
}

function evaluate({ variables, declares, commands }: Pipeline, place: Place, sets = true): unknown {
  let value: unknown;
  commands.forEach((command, index) => {
    value = run(command, place, index === 0 ? [] : [value]);
  });
  for (const name of sets ? variables : []) {
    if (declares) place.scope.declare(name, value);
    else place.scope.assign(name, value);
  }
  return value;
}

function run([first, ...rest]: Command, place: Place, piped: readonly unknown[]): unknown {
  if (first?.kind !== 'function') {
    if (first && rest.length === 0 && piped.length === 0) return valueOf(first, place);
    throw new TypeError('A value that is not a function has arguments.');
  }
  // `and` and `or` evaluate no more arguments than needed.
  if (first.name === 'and' || first.name === 'or') {
    let value: unknown;
    for (const operand of rest) {
      value = valueOf(operand, place);
      if (isTrue(value) !== (first.name === 'and')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }
  const call = functions.get(first.name);
  if (!call) throw new ReferenceError(`The function ${first.name} is unknown.`);
  return call(...rest.map((operand) => valueOf(operand, place)), ...piped);
}

function valueOf(operand: Operand, place: Place): unknown {
  if (operand.kind === 'literal') return operand.value;
  if (operand.kind === 'function') return run([operand], place, []);
  const { of, fields } = operand;
  const start = of === 'dot' ? place.dot : 'variable' in of ? place.scope.get(of.variable) : evaluate(of, place);
  return fields.reduce(fieldOf, start);
}

function fieldOf(value: unknown, name: string): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !Array.isArray(value))
    return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  throw new TypeError(`${print(value)} has no field ${name}.`);
}
