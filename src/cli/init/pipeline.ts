import { parse } from 'yaml';
import { UsageError } from '../command.ts';
import { canonicalRepository } from '../git-origin.ts';
import { readScript, withShellVariables, type ScriptEdit, type ScriptPlace } from './pipeline-script.ts';
import { scriptsByBranch, type BranchScript } from './script-branches.ts';
import { expand, pipelineSteps, type PipelineStep, type ReadFile } from './pipeline-steps.ts';
import { tagTemplate, variablesSetBy } from './tag-template.ts';
import { at, listAt, textAt } from './values.ts';

/** A line that edits a file, with the branches of its stage. */
export interface PipelineEdit extends ScriptEdit {
  readonly branches: readonly string[];
}

/** The step of a pipeline that this app replaces. */
export interface PipelineFacts {
  readonly repository?: string;
  /** `registry/repository`, or `repository` alone where a service connection holds the registry. */
  readonly image?: string;
  readonly branches?: readonly string[];
  /** The tag as `build.tag` has it. */
  readonly tag?: string;
  readonly edits: readonly PipelineEdit[];
  /** Scripts that the pipeline calls, and that could not be read. */
  readonly unread: readonly string[];
}

/** Reads the build, the clone URL and the `sed`, `yq` or `kustomize` lines of an `azure-pipelines.yml`. */
export function readPipeline(text: string, file: string, read: ReadFile = () => undefined): PipelineFacts {
  let pipeline: unknown;
  try {
    // `silent` would swallow errors as well as warnings.
    pipeline = parse(text, { uniqueKeys: false, logLevel: 'error' });
  } catch {
    throw new UsageError(`--from is ${file}, which is not YAML; expected an azure-pipelines.yml`);
  }
  const steps = pipelineSteps(pipeline, read, '');
  const folders = checkoutFolders(pipeline, steps);
  const branches = [...listAt(pipeline, 'trigger', 'branches', 'include'), ...listAt(pipeline, 'trigger')].filter(
    (branch) => typeof branch === 'string',
  );
  const unread: string[] = [];
  const scripts = steps.flatMap((one) => {
    const script = scriptOf(one, read, unread);
    if (script === undefined) return [];
    const folder = expand(
      textAt(one.step, 'workingDirectory') ?? textAt(one.step, 'inputs', 'workingDirectory') ?? '',
      one.variables,
    );
    return [editsByBranch(script, { folder, cloneFolders: folders }, { stage: one.branches, triggers: branches })];
  });
  const set = new Map(steps.flatMap(({ step }) => [...variablesSetBy(inlineOf(step) ?? '')]));
  const docker = steps.find(
    ({ step }) =>
      (textAt(step, 'task') ?? '').startsWith('Docker@') && textAt(step, 'inputs', 'repository') !== undefined,
  );
  const dockerText = (key: string): string | undefined => {
    const value = docker && textAt(docker.step, 'inputs', key);
    return value === undefined ? undefined : expand(value, new Map([...(docker?.variables ?? []), ...set]));
  };
  const image = dockerText('repository');
  const repository = canonicalRepository(scripts.find(({ cloneUrl }) => cloneUrl !== undefined)?.cloneUrl ?? '');
  const tag = tagTemplate(dockerText('tags') ?? '');
  return {
    edits: scripts.flatMap(({ edits }) => edits),
    unread,
    ...(tag !== undefined && { tag }),
    ...(repository !== undefined && { repository }),
    ...(image !== undefined && !image.includes('$') && { image: image.toLowerCase() }),
    ...(branches.length > 0 && { branches }),
  };
}

/** The edits of a script; those that only some branches make have these branches. */
function editsByBranch(
  scripts: readonly BranchScript[],
  place: ScriptPlace,
  { stage, triggers }: { readonly stage: readonly string[]; readonly triggers: readonly string[] },
): { readonly cloneUrl?: string; readonly edits: readonly PipelineEdit[] } {
  const named = new Set(scripts.flatMap(({ branches }) => branches ?? []));
  const byEdit = new Map<string, { readonly edit: ScriptEdit; readonly branches: (readonly string[])[] }>();
  let cloneUrl: string | undefined;
  for (const { script, branches } of scripts) {
    const facts = readScript(script, place);
    cloneUrl ??= facts.cloneUrl;
    for (const edit of facts.edits) {
      const key = JSON.stringify([edit.file, edit.kind, edit.target]);
      const known = byEdit.get(key) ?? { edit, branches: [] };
      known.branches.push(branches ?? triggers.filter((branch) => !named.has(branch)));
      byEdit.set(key, known);
    }
  }
  const edits = Array.from(byEdit.values(), (one) => ({
    ...one.edit,
    branches: one.branches.length === scripts.length ? stage : [...new Set([...stage, ...one.branches.flat()])],
  }));
  return { edits, ...(cloneUrl !== undefined && { cloneUrl }) };
}

/** The folders into which `checkout:` steps put other repositories. */
function checkoutFolders(pipeline: unknown, steps: readonly PipelineStep[]): readonly string[] {
  return steps.flatMap(({ step }) => {
    const checkout = textAt(step, 'checkout');
    if (checkout === undefined || checkout === 'self' || checkout === 'none') return [];
    const path = textAt(step, 'path');
    if (path !== undefined) return [path.replace(/^s\//, '')];
    const resource = listAt(pipeline, 'resources', 'repositories').find(
      (one) => textAt(one, 'repository') === checkout,
    );
    const name = textAt(resource, 'name') ?? checkout.replace(/^git:\/\//, '').replace(/@.*$/, '');
    return [name.slice(name.lastIndexOf('/') + 1)];
  });
}

function inlineOf(step: unknown): string | undefined {
  return (
    textAt(step, 'script') ??
    textAt(step, 'bash') ??
    textAt(step, 'pwsh') ??
    textAt(step, 'powershell') ??
    textAt(step, 'inputs', 'inlineScript') ??
    textAt(step, 'inputs', 'script')
  );
}

/** The text of a step's script, for each branch that it compares; a script of the repository that it calls is read, with its arguments. */
function scriptOf(
  { step, variables }: PipelineStep,
  read: ReadFile,
  unread: string[],
): readonly BranchScript[] | undefined {
  const inline = inlineOf(step);
  const path = textAt(step, 'inputs', 'filePath') ?? textAt(step, 'inputs', 'scriptPath');
  if (inline === undefined && path === undefined) return undefined;
  const call =
    path === undefined ? '' : `${path} ${textAt(step, 'inputs', 'arguments') ?? textAt(step, 'inputs', 'args') ?? ''}`;
  const environment = at(step, 'env');
  const exported = Object.keys(typeof environment === 'object' && environment !== null ? environment : {}).map(
    (name) => `${name}=${textAt(environment, name) ?? ''}`,
  );
  const text = expand([...exported, inline ?? call].join('\n'), variables);
  const byBranch = scriptsByBranch(text).map(({ script, branches }) => ({
    script: withShellVariables(script)
      .split('\n')
      .map((line) => calledScript(line, read, unread) ?? line)
      .join('\n'),
    branches,
  }));
  // The called script can compare the branch as well.
  const [only, ...others] = byBranch;
  const all = only && others.length === 0 ? scriptsByBranch(only.script) : byBranch;
  return all.map(({ script, branches }) => ({ script: withShellVariables(script), branches }));
}

function calledScript(line: string, read: ReadFile, unread: string[]): string | undefined {
  const [, path = '', rest = ''] =
    /^\s*(?:(?:bash|sh|pwsh|source|\.)\s+)?["']?((?:\$\([\w.]+\)\/|\.\/)*[\w./-]+\.(?:sh|bash|ps1))["']?(?:\s+(.*))?$/.exec(
      line,
    ) ?? [];
  if (path === '') return undefined;
  const text = read(path.replaceAll(/\$\([\w.]+\)\//g, '').replace(/^(?:\.\/)+/, ''));
  if (text === undefined) {
    unread.push(path);
    return undefined;
  }
  const args = (rest.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((arg) => arg.replaceAll(/^["']|["']$/g, ''));
  return text.replaceAll(
    /\$(?:\{(\d)\}|(\d))/g,
    (whole, braced: string | undefined, plain: string | undefined) => args[Number(braced ?? plain) - 1] ?? whole,
  );
}
