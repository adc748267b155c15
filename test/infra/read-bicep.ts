import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, Parser, type Node } from 'web-tree-sitter';

/** What stands in an object of a Bicep file: literals as they are, everything else as its text. */
export type BicepValue =
  | string
  | number
  | boolean
  | null
  | readonly BicepValue[]
  | { readonly [name: string]: BicepValue }
  | Expression;

/** An expression, which only Azure could compute. */
export class Expression {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface Declaration {
  readonly kind: 'parameter' | 'output' | 'resource' | 'module' | 'variable';
  readonly name: string;
  /** Decorators before it, such as `description` and `secure`. */
  readonly decorators: ReadonlyMap<string, string>;
  /** Of a resource `Microsoft.X/y@version` (a child's type follows its parent's), of a module its path. */
  readonly reference: string;
  readonly existing: boolean;
  readonly value: BicepValue;
  /** Counted from 1. */
  readonly line: number;
}

export interface BicepFile {
  readonly declarations: readonly Declaration[];
  /** `line:column` of what does not parse. */
  readonly faults: readonly string[];
  readonly text: string;
}

const kinds: Readonly<Record<string, Declaration['kind']>> = {
  parameter_declaration: 'parameter',
  output_declaration: 'output',
  resource_declaration: 'resource',
  module_declaration: 'module',
  variable_declaration: 'variable',
};

let parser: Promise<Parser> | undefined;

export async function readBicep(path: string): Promise<BicepFile> {
  const text = await readFile(path, 'utf8');
  return path.endsWith('.bicepparam') ? parseParameters(text) : parseBicep(text);
}

/** Parses a parameter file. The grammar knows none; what they assign has the shape of variables. */
export function parseParameters(text: string): Promise<BicepFile> {
  return parseBicep(text.replaceAll(/^param (\w+) =/gm, 'var $1 ='));
}

export async function parseBicep(text: string): Promise<BicepFile> {
  const root = await parseTree(text);
  const faults = root
    .descendantsOfType('ERROR')
    .concat(descendants(root).filter((node) => node.isMissing))
    .map(({ startPosition: { row, column } }) => `${row + 1}:${column + 1}`);
  return { declarations: declarations(root), faults, text };
}

export async function parseTree(text: string): Promise<Node> {
  const tree = (await (parser ??= makeParser())).parse(text);
  if (!tree) throw new Error('The parser was given no language.');
  return tree.rootNode;
}

async function makeParser(): Promise<Parser> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');
  return new Parser().setLanguage(await Language.load(await readFile(grammar)));
}

function descendants(node: Node): Node[] {
  return node.children.flatMap((child) => [child, ...descendants(child)]);
}

function declarations(node: Node, parentType = ''): Declaration[] {
  const found: Declaration[] = [];
  let decorators = new Map<string, string>();
  for (const child of node.namedChildren) {
    const kind = kinds[child.type];
    if (child.type === 'decorators') decorators = readDecorators(child);
    else if (kind !== undefined) found.push(...declare(kind, child, decorators, parentType));
    if (child.type !== 'decorators') decorators = new Map();
  }
  return found;
}

function declare(
  kind: Declaration['kind'],
  node: Node,
  decorators: ReadonlyMap<string, string>,
  parentType: string,
): Declaration[] {
  const [name, reference] = node.namedChildren;
  const text = reference?.type === 'string' ? unquote(reference.text) : '';
  const type = parentType === '' ? text : `${parentType.split('@')[0]}/${text}@${parentType.split('@')[1]}`;
  const body = descendants(node).find(({ type: nodeType }) => nodeType === 'object');
  const nested = body?.namedChildren.flatMap((property) => declarations(property, type)) ?? [];
  const last = node.namedChildren.at(-1);
  const value = kind === 'resource' || kind === 'module' ? body : last;
  const declaration = {
    kind,
    name: name?.text ?? '',
    decorators,
    reference: type,
    existing: node.children.some((child) => child.text === 'existing'),
    value: value ? read(value) : null,
    line: node.startPosition.row + 1,
  };
  return kind === 'resource' ? [declaration, ...nested] : [declaration];
}

function readDecorators(node: Node): Map<string, string> {
  return new Map(
    node.namedChildren.map((decorator) => {
      const call = decorator.namedChildren[0];
      const first = call?.childForFieldName('arguments')?.namedChildren[0];
      return [call?.childForFieldName('function')?.text ?? decorator.text, first ? unquote(first.text) : ''];
    }),
  );
}

function read(node: Node): BicepValue {
  if (node.type === 'object') {
    const entries = node.namedChildren.flatMap((property): [string, BicepValue][] => {
      const [key, value] = property.namedChildren;
      return key && value && property.type === 'object_property' ? [[unquote(key.text), read(value)]] : [];
    });
    return Object.fromEntries(entries);
  }
  if (node.type === 'array') return node.namedChildren.map(read);
  if (node.type === 'boolean') return node.text === 'true';
  if (node.type === 'number') return Number(node.text);
  if (node.type === 'null') return null;
  if (node.type === 'string' && !node.text.includes('${')) return unquote(node.text);
  return new Expression(node.text);
}

function unquote(text: string): string {
  return text.replace(/^'+|'+$/g, '');
}
