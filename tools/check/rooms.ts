import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The rooms of `src/lib`, ground floor first. A room imports only itself and the rooms above it in this list. */
export const rooms: readonly string[] = [
  'model',
  'async',
  'net',
  'storage',
  'work',
  'intake',
  'routes',
  'edit',
  'registry',
  'azure-devops',
  'git',
  'in-force',
  'argocd',
  'values',
  'builds',
  'deployments',
  'figures',
  'audit',
  'notify',
  'promotion',
  'delivery',
  'settling',
  'rollback',
  'orders',
  'effects',
  'gates',
  'settings',
];

/** The imports of each file; types count. Paths are relative to the checked folder, with `/`. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const importPattern = /^(?:import|export)\s(?:[^;']*?\sfrom\s)?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

/** Reads the imports between the TypeScript files below `folder`. Imports that leave the folder are not included. */
export function readImports(folder: string): ImportGraph {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .toSorted();
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const targets = [...text.matchAll(importPattern)].map(([, from, lazy]) =>
        posix.join(posix.dirname(file), from ?? lazy ?? ''),
      );
      return [file, [...new Set(targets)].filter((target) => !target.startsWith('..'))];
    }),
  );
}

/** Imports from a room that stands below the importing room in `order`, and rooms that `order` does not name. */
export function importsUpward(graph: ImportGraph, order: readonly string[]): string[] {
  const position = (file: string): number => order.indexOf(file.split('/')[0] ?? '');
  return [...graph].flatMap(([file, targets]) => {
    if (position(file) < 0)
      return [`${file} is in no room. Move it to a room, or add its room to tools/check/rooms.ts.`];
    return targets
      .filter((target) => position(target) > position(file))
      .map((target) => `${file} imports ${target}. A room imports only rooms above it in tools/check/rooms.ts.`);
  });
}

/** Pairs of sibling folders that import each other, at any depth. */
export function mutualFolders(graph: ImportGraph): string[] {
  const arrows = new Map<string, string>();
  for (const [file, targets] of graph) {
    for (const target of targets) {
      const pair = siblings(file, target);
      if (pair && !arrows.has(pair.join(' '))) arrows.set(pair.join(' '), `${file} imports ${target}`);
    }
  }
  return [...arrows].flatMap(([pair, example]) => {
    const back = arrows.get(pair.split(' ').toReversed().join(' '));
    return back === undefined || example > back ? [] : [`Two folders import each other: ${example}, and ${back}.`];
  });
}

/** The folders in which the paths of two files first differ, where both are folders. */
function siblings(file: string, target: string): readonly [string, string] | undefined {
  const from = file.split('/');
  const to = target.split('/');
  const depth = from.findIndex((name, index) => name !== to[index]);
  if (depth < 0 || depth >= from.length - 1 || depth >= to.length - 1) return undefined;
  return [from.slice(0, depth + 1).join('/'), to.slice(0, depth + 1).join('/')];
}

/** Circles of files, one for each group of files that import each other. */
export function circles(graph: ImportGraph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push(`Files import each other in a circle: ${[...path.slice(start), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = join(import.meta.dirname, '../../src');
  const problems = [
    ...importsUpward(readImports(join(source, 'lib')), rooms),
    ...mutualFolders(readImports(source)),
    ...circles(readImports(source)),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
