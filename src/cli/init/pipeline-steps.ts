import { parse } from 'yaml';
import { isMap, listAt, textAt, type YamlMap } from './values.ts';

/** A step of a pipeline, with what its stage and job say about it. */
export interface PipelineStep {
  readonly step: YamlMap;
  readonly variables: ReadonlyMap<string, string>;
  /** The branches of the conditions around it. */
  readonly branches: readonly string[];
}

/** Reads a file beside the pipeline. */
export type ReadFile = (path: string) => string | undefined;

interface Around {
  readonly variables: ReadonlyMap<string, string>;
  readonly branches: readonly string[];
  readonly folder: string;
  readonly depth: number;
}

/** Every step of a pipeline, in stages, jobs and templates, with the variables that hold there. */
export function pipelineSteps(pipeline: unknown, read: ReadFile, folder: string): readonly PipelineStep[] {
  return stepsIn(pipeline, { variables: new Map(), branches: [], folder, depth: 0 }, read);
}

function stepsIn(value: unknown, around: Around, read: ReadFile): readonly PipelineStep[] {
  if (Array.isArray(value)) return value.flatMap((item) => stepsIn(item, around, read));
  if (!isMap(value)) return [];
  const inside = {
    ...around,
    variables: withVariables(value, around, read),
    branches: [...around.branches, ...branchesOf(textAt(value, 'condition') ?? '')],
  };
  const template = textAt(value, 'template');
  if (template !== undefined) return inTemplate(value, template, inside, read);
  const own = isStep(value) ? [{ step: value, variables: inside.variables, branches: inside.branches }] : [];
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    ['variables', 'parameters', 'inputs', 'env', 'resources', 'trigger', 'pr'].includes(key)
      ? []
      : stepsIn(entry, inside, read),
  );
  return [...own, ...inner];
}

function isStep(value: YamlMap): boolean {
  return ['script', 'bash', 'pwsh', 'powershell', 'task', 'checkout'].some((key) => textAt(value, key) !== undefined);
}

function inTemplate(value: YamlMap, template: string, around: Around, read: ReadFile): readonly PipelineStep[] {
  if (around.depth > 8 || template.includes('@')) return [];
  const path = resolvePath(around.folder, template);
  const document = parsed(read(path));
  const given = value['parameters'];
  const parameters = isMap(given)
    ? Object.keys(given).map((name): [string, string] => [
        `parameters.${name}`,
        expand(textAt(given, name) ?? '', around.variables),
      ])
    : [];
  const variables = new Map([...around.variables, ...parameters]);
  return stepsIn(document, { ...around, variables, folder: folderOf(path), depth: around.depth + 1 }, read);
}

function withVariables(value: YamlMap, around: Around, read: ReadFile): ReadonlyMap<string, string> {
  const result = new Map(around.variables);
  for (const parameter of listAt(value, 'parameters')) {
    const [name, text] = [textAt(parameter, 'name'), textAt(parameter, 'default')];
    if (name !== undefined && text !== undefined && !result.has(`parameters.${name}`))
      result.set(`parameters.${name}`, text);
  }
  const { variables } = value;
  if (isMap(variables)) for (const name of Object.keys(variables)) result.set(name, textAt(variables, name) ?? '');
  for (const entry of listAt(value, 'variables')) {
    const [name, template] = [textAt(entry, 'name'), textAt(entry, 'template')];
    if (name !== undefined) result.set(name, textAt(entry, 'value') ?? '');
    if (template === undefined || template.includes('@') || around.depth > 8) continue;
    const path = resolvePath(around.folder, expand(template, result));
    const document = parsed(read(path));
    if (isMap(document))
      for (const [key, text] of withVariables(
        document,
        { ...around, variables: result, depth: around.depth + 1 },
        read,
      ))
        result.set(key, text);
  }
  return result;
}

/** Replaces `$(name)`, `${{ variables.name }}` and `${{ parameters.name }}`; unknown names stay. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  let result = text;
  for (let round = 0; round < 5; round += 1) {
    const next = result
      .replaceAll(/\$\(([\w.]+)\)/g, (whole, name: string) => variables.get(name) ?? whole)
      .replaceAll(/\$\{\{\s*variables\.(\w+)\s*\}\}/g, (whole, name: string) => variables.get(name) ?? whole)
      .replaceAll(/\$\{\{\s*(parameters\.\w+)\s*\}\}/g, (whole, name: string) => variables.get(name) ?? whole);
    if (next === result) break;
    result = next;
  }
  return result;
}

/** The branches that a condition names: `eq(variables['Build.SourceBranch'], 'refs/heads/main')`. */
function branchesOf(condition: string): readonly string[] {
  const named = condition.matchAll(
    /(\w+)\(\s*variables(?:\['Build\.SourceBranch(?:Name)?'\]|\.Build\.SourceBranch(?:Name)?)\s*,\s*'([^']+)'\s*\)/gi,
  );
  return Array.from(named, ([, operator = '', branch = '']) => {
    const name = branch.replace(/^refs\/heads\//, '');
    if (/^startsWith$/i.test(operator)) return `${name}*`;
    return /^eq$/i.test(operator) ? name : '';
  }).filter((name) => name !== '');
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return parse(text, { uniqueKeys: false, logLevel: 'error' });
  } catch {
    // A template that is not YAML has no steps to find; the pipeline itself is checked by the caller.
    return undefined;
  }
}

function resolvePath(folder: string, path: string): string {
  const parts: string[] = path.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
