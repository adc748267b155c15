/** The edit that one line of a pipeline's script makes. */
export interface ScriptEdit {
  readonly file: string;
  /** Dotted path for `yq`; for `sed` the text in front of the colon, which may be a key or its end. */
  readonly kind: 'path' | 'key' | 'kustomize';
  readonly target: string;
  /** The line, for the reader. */
  readonly line: string;
}

export interface ScriptFacts {
  readonly cloneUrl?: string;
  readonly edits: readonly ScriptEdit[];
}

const sed = /\bsed\s+(?:-[a-zA-Z.]+\s+|''\s+|-e\s+)*(["'])s([|/#,@!])(.+?)\2.*\2[a-z]*\1\s+(\S+)/;
const yq = /\byq\s+(?:(?:e|eval|-[a-zA-Z]+|--inplace)\s+)*(["'])(.+?)\1\s+(\S+)/;
const kustomize = /\bkustomize\s+edit\s+set\s+image\s+(\S+)/;

/** Reads `git clone`, `cd`, and the lines that edit a file, of a shell script. */
export function readScript(script: string): ScriptFacts {
  const edits: ScriptEdit[] = [];
  let cloneUrl: string | undefined;
  let cloneFolder: string | undefined;
  let folder = '';
  for (const line of script.split(/\r?\n|&&|;/).map((text) => text.trim())) {
    const clone = /\bgit\s+(?:-c\s+\S+(?:\s+\S+)*?\s+)?clone\b.*?(https:\/\/\S+)(?:\s+(\S+))?/.exec(line);
    const cd = /^(?:cd|pushd)\s+["']?([^"'\s]+)["']?$/.exec(line);
    if (clone) {
      cloneUrl = clone[1]?.replaceAll(/["']/g, '');
      cloneFolder = clone[2]?.replaceAll(/["']/g, '') ?? /([^/]+?)(?:\.git)?\/?$/.exec(cloneUrl ?? '')?.[1];
    } else if (cd) folder = enter(folder, cd[1] ?? '', cloneFolder);
    else edits.push(...readEdit(line, folder));
  }
  return { edits, ...(cloneUrl !== undefined && { cloneUrl }) };
}

function readEdit(line: string, folder: string): readonly ScriptEdit[] {
  const bySed = sed.exec(line);
  if (bySed) {
    const key = /^(?:\^|\\s\*|\s|\(|\[\[:space:\]\]\*)*"?([\w.\\-]+)"?\s*:/.exec(bySed[3] ?? '')?.[1];
    return key === undefined
      ? []
      : [{ kind: 'key', target: key.replaceAll('\\', ''), file: join(folder, bySed[4] ?? ''), line }];
  }
  const byYq = yq.exec(line);
  const path = byYq && yqPath(byYq[2] ?? '');
  if (byYq && path !== undefined && path !== null)
    return [{ kind: 'path', target: path, file: join(folder, byYq[3] ?? ''), line }];
  const byKustomize = kustomize.exec(line);
  return byKustomize
    ? [{ kind: 'kustomize', target: byKustomize[1] ?? '', file: join(folder, 'kustomization.yaml'), line }]
    : [];
}

/** `.services[0].image.tag = "x"` or `(.images[] | select(.name == "x") | .newTag) = "y"` as a dotted path. */
function yqPath(expression: string): string | undefined {
  const left =
    /^(.*?[^=!<>])=(?!=)/.exec(
      expression.replaceAll(/select\(\s*\.([\w-]+)\s*==\s*\\?["']?([^"'\\)]+)\\?["']?\s*\)/g, 'select($1:$2)'),
    )?.[1] ?? '';
  const path = left
    .replaceAll(/[()\s]/g, '')
    .replaceAll(/\[\]\|?select\$?([\w-]+):([^|.]+)\|?/g, '[$1=$2]')
    .replaceAll(/\["([^"]+)"\]/g, (_, key: string) => (key.includes('.') ? `."${key}"` : `.${key}`))
    .replaceAll('|.', '.')
    .replace(/^\./, '');
  return /^[\w"][\w."[\]=/-]*$/.test(path) ? path : undefined;
}

/** Enters a folder; the clone's own is where the paths of the repository begin. */
function enter(folder: string, to: string, cloneFolder: string | undefined): string {
  const path = to.replace(/^\.\//, '').replace(/\/$/, '');
  if (folder !== '' || cloneFolder === undefined) return join(folder, path);
  return path === cloneFolder ? '' : path.startsWith(`${cloneFolder}/`) ? path.slice(cloneFolder.length + 1) : path;
}

function join(folder: string, path: string): string {
  const clean = path.replaceAll(/^["']|["']$/g, '').replace(/^(?:\.\/)+/, '');
  return folder === '' || clean.startsWith('$(') ? clean.replace(/^\$\([\w.]+\)\//, '') : `${folder}/${clean}`;
}
