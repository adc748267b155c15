import type { Node } from 'web-tree-sitter';
import { parseTree } from './read-bicep.ts';

/** The names of a Bicep file: what a compiler would look up. */
export interface BicepNames {
  /** Parameters, variables, resources, modules, types and imports. */
  readonly declared: ReadonlySet<string>;
  /** Names of loops and lambdas, which are not told apart by where they hold. */
  readonly local: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

const declarationTypes = new Set([
  'parameter_declaration',
  'variable_declaration',
  'resource_declaration',
  'module_declaration',
  'type_declaration',
]);

const ignoredTypes = new Set(['import_functionality', 'decorators', 'metadata_declaration']);

export async function bicepNames(text: string): Promise<BicepNames> {
  const names = {
    declared: new Set<string>(),
    local: new Set<string>(),
    used: new Set<string>(),
    functions: new Set<string>(),
  };
  visit(await parseTree(text), names);
  for (const [, list = ''] of text.matchAll(/^import \{([^}]*)\}/gm)) {
    for (const name of list.split(',')) names.declared.add(name.trim());
  }
  return names;
}

function visit(node: Node, names: Record<keyof BicepNames, Set<string>>): void {
  const [first, second] = node.namedChildren;
  if (ignoredTypes.has(node.type)) return;
  let skipped: Node | null | undefined;
  if (declarationTypes.has(node.type) || node.type === 'output_declaration') {
    if (first && node.type !== 'output_declaration') names.declared.add(first.text);
    skipped = first;
  } else if (node.type === 'object_property' && first?.type === 'identifier') {
    skipped = first;
  } else if (node.type === 'lambda_expression' && first) {
    for (const name of first.text.match(/\w+/g) ?? []) names.local.add(name);
    skipped = first;
  } else if (node.type === 'for_statement' && first) {
    for (const name of first.text.match(/\w+/g) ?? []) names.local.add(name);
    skipped = first;
  } else if (node.type === 'call_expression') {
    const called = node.childForFieldName('function');
    if (called?.type === 'identifier') names.functions.add(called.text);
    skipped = called?.type === 'identifier' ? called : undefined;
  } else if (node.type === 'identifier') {
    names.used.add(node.text);
  }
  for (const child of [first, second, ...node.namedChildren.slice(2)]) {
    if (child && child.id !== skipped?.id) visit(child, names);
  }
}
