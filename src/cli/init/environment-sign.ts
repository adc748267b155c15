/** The part of a path that names the environment. */
export interface EnvironmentSign {
  readonly name: string;
  /** The path with `{environment}` in its place. */
  readonly template: string;
  /** The evidence, for the reader. */
  readonly why: string;
}

const order =
  'local sandbox sbx dev develop development int integration test tst testing qa uat acc acceptance demo perf stage staging stg preprod pre prod prd production live'.split(
    ' ',
  );
const nameWithRegion = new RegExp(
  `^(?:${order.join('|')})(?:[-_][a-z0-9]+)*$|^[a-z0-9]+[-_](?:${order.join('|')})$`,
  'i',
);
const parents = /^(?:overlays?|env|envs|environments?|clusters?|stages?|values)$/i;

/** The environment that a path shows by its usual signs, from its end: `values-dev.yaml`, `overlays/staging`, `apps/prod`. */
export function environmentSign(path: string): EnvironmentSign | undefined {
  const segments = path.split('/');
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const segment = segments[index] ?? '';
    const isFile = index === segments.length - 1;
    const name = isFile ? inFileName(segment) : inFolder(segment, segments[index - 1]);
    if (name === undefined) continue;
    const replaced = isFile ? segment.replace(name, '{environment}') : '{environment}';
    const template = segments.with(index, replaced).join('/');
    return {
      name,
      template,
      why: isFile ? `seen in the file name ${segment}` : `seen in the folder ${segments.slice(0, index + 1).join('/')}`,
    };
  }
  return undefined;
}

function inFolder(segment: string, parent: string | undefined): string | undefined {
  if (nameWithRegion.test(segment)) return segment;
  return parent !== undefined &&
    parents.test(parent) &&
    /^[A-Za-z0-9][\w.-]*$/.test(segment) &&
    !/^base$|^common$|^default$/i.test(segment)
    ? segment
    : undefined;
}

function inFileName(file: string): string | undefined {
  const stem = file.replace(/\.ya?ml$/i, '');
  const name =
    /^values?[-._](.+)$/i.exec(stem)?.[1] ??
    (nameWithRegion.test(stem.replace(/[-._]values?$/i, '')) ? /^(.+)[-._]values?$/i.exec(stem)?.[1] : undefined);
  if (name !== undefined)
    return /^[A-Za-z0-9][\w-]*$/.test(name) && !/^(?:base|common|default|global)$/i.test(name) ? name : undefined;
  return nameWithRegion.test(stem) ? stem : undefined;
}

/** Compares names of environments by how near to production they are. */
export function compareEnvironments(a: string, b: string): number {
  return rank(a) - rank(b) || Number(a > b) - Number(a < b);
}

function rank(name: string): number {
  const words = name.toLowerCase().split(/[-_.]/);
  const found = order.findIndex((known) => words.includes(known));
  return found < 0 ? order.length : found;
}

/** Whether the name of an environment means a trial stage, where changes need no review. */
export function isForTrying(name: string): boolean {
  return rank(name) <= order.indexOf('demo');
}
