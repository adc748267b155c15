import { parse } from 'yaml';
import { UsageError } from '../command.ts';
import { canonicalRepository } from '../git-origin.ts';
import { readScript, type ScriptEdit } from './pipeline-script.ts';
import { at, isMap, listAt, textAt } from './values.ts';

/** The step of a pipeline that this app replaces. */
export interface PipelineFacts {
  readonly repository?: string;
  /** `registry/repository`, or `repository` alone where a service connection holds the registry. */
  readonly image?: string;
  readonly branches?: readonly string[];
  /** The tag is the build's id. */
  readonly tagIsBuildId: boolean;
  readonly edits: readonly ScriptEdit[];
}

/** Reads the build, the clone URL and the `sed`, `yq` or `kustomize` lines of an `azure-pipelines.yml`. */
export function readPipeline(text: string, file: string): PipelineFacts {
  let pipeline: unknown;
  try {
    // `silent` would swallow errors as well as warnings.
    pipeline = parse(text, { uniqueKeys: false, logLevel: 'error' });
  } catch {
    throw new UsageError(`--from is ${file}, which is not YAML; expected an azure-pipelines.yml`);
  }
  const variables = variablesOf(pipeline);
  const expand = (value: string): string =>
    value.replaceAll(/\$\(([\w.]+)\)/g, (whole, name: string) => variables.get(name) ?? whole);
  const steps = stepsOf(pipeline);
  const scripts = steps
    .flatMap((step) => scriptOf(step) ?? [])
    .map((script) => readScript(expand(withShellVariables(script))));
  const docker = steps.find(
    (step) => (textAt(step, 'task') ?? '').startsWith('Docker@') && textAt(step, 'inputs', 'repository') !== undefined,
  );
  const image = docker === undefined ? undefined : expand(textAt(docker, 'inputs', 'repository') ?? '');
  const cloneUrl = scripts.find((script) => script.cloneUrl !== undefined)?.cloneUrl;
  const repository = canonicalRepository(cloneUrl ?? '');
  const branches = [...listAt(pipeline, 'trigger', 'branches', 'include'), ...listAt(pipeline, 'trigger')].filter(
    (branch) => typeof branch === 'string',
  );
  return {
    edits: scripts.flatMap((script) => script.edits),
    tagIsBuildId: /\$\(Build\.BuildId\)/i.test(textAt(docker, 'inputs', 'tags') ?? ''),
    ...(repository !== undefined && { repository }),
    ...(image !== undefined && !image.includes('$') && { image: image.toLowerCase() }),
    ...(branches.length > 0 && { branches }),
  };
}

function variablesOf(pipeline: unknown): ReadonlyMap<string, string> {
  const variables = at(pipeline, 'variables');
  const entries = isMap(variables)
    ? Object.keys(variables).map((name): [string, string] => [name, textAt(variables, name) ?? ''])
    : listAt(pipeline, 'variables').map((entry): [string, string] => [
        textAt(entry, 'name') ?? '',
        textAt(entry, 'value') ?? '',
      ]);
  return new Map(entries);
}

/** Every step of a pipeline, in stages, jobs, deployments or none. */
function stepsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(stepsOf);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'steps' && Array.isArray(inner) ? inner.flatMap((step) => [step, ...stepsOf(step)]) : stepsOf(inner),
  );
}

function scriptOf(step: unknown): string | undefined {
  return (
    textAt(step, 'script') ??
    textAt(step, 'bash') ??
    textAt(step, 'pwsh') ??
    textAt(step, 'powershell') ??
    textAt(step, 'inputs', 'inlineScript') ??
    textAt(step, 'inputs', 'script')
  );
}

/** Replaces the names of `NAME=value` lines by their values, if these are plain. */
function withShellVariables(script: string): string {
  const values = new Map(
    Array.from(
      script.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)=["']?([^"'\s;]*)["']?\s*$/gm),
      ([, name = '', value = '']) => [name, value],
    ),
  );
  return script.replaceAll(
    /\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g,
    (whole, braced: string | undefined, plain: string | undefined) => values.get(braced ?? plain ?? '') ?? whole,
  );
}
