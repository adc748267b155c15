/** The edit that one line of a pipeline's script makes. */
export interface ScriptEdit {
  readonly file: string;
  /**
   * Dotted path for `yq`; for a replacement the text in front of the colon, which may be a key or its end, or the front of
   * a whole reference.
   */
  readonly kind: 'path' | 'key' | 'reference' | 'kustomize';
  readonly target: string;
  /** The line, for the reader. */
  readonly line: string;
}

export interface ScriptFacts {
  readonly cloneUrl?: string;
  readonly edits: readonly ScriptEdit[];
}

export interface ScriptPlace {
  /** The folder in which the script starts. */
  readonly folder: string;
  /** Folders in which earlier steps put clones; the paths of the repository begin in them. */
  readonly cloneFolders: readonly string[];
}

const sed = /\bsed\s+(?:-[a-zA-Z.]+\s+|''\s+|-e\s+)*(["'])s([^\w\s\\"'])(.+?)\2.*?\2[a-z]*\1\s+(\S.*)$/;
const yq = /\byq\s+(?:(?:e|eval|-[a-zA-Z]+|--inplace)\s+)*(["'])(.+?)(?<!\\)\1\s+(?:(?:-[a-zA-Z]+|--inplace)\s+)*(\S+)/;
const powerShell = /\bGet-Content\s+(?:-Path\s+)?(["']?)([^"')\s|]+)\1.*?-replace\s*\(?\s*(["'])(.+?)\3/i;
const kustomize = /\bkustomize\s+edit\s+set\s+image\s+(\S.*)$/;
const root =
  /^(?:\$\((?:Build\.SourcesDirectory|System\.DefaultWorkingDirectory)\)|\$\((?:Pipeline\.Workspace|Agent\.BuildDirectory)\)(?:\/s)?|\$\{?(?:BUILD_SOURCESDIRECTORY|SYSTEM_DEFAULTWORKINGDIRECTORY|PWD)\}?)(?:\/|$)/i;

/** Reads `git clone`, `cd`, loops, and the lines that edit a file, of a shell script. */
export function readScript(script: string, place: ScriptPlace = { folder: '', cloneFolders: [] }): ScriptFacts {
  const edits: ScriptEdit[] = [];
  const clones = [...place.cloneFolders];
  let cloneUrl: string | undefined;
  let folder = within('', place.folder);
  const fileOf = (path: string): string => insideClone(within(folder, path), clones);
  for (const line of splitLines(unrolled(script))) {
    const clone = /\bgit\s+(?:-c\s+\S+(?:\s+\S+)*?\s+)?clone\b.*?(https:\/\/[^\s"']+)["']?(?:\s+["']?([^\s"']+))?/.exec(
      line,
    );
    const cd = /^\(?\s*(?:cd|pushd|Set-Location)\s+["']?([^"'\s]+)["']?$/.exec(line);
    if (clone) {
      cloneUrl = clone[1];
      const name = clone[2] ?? /([^/]+?)(?:\.git)?\/?$/.exec(cloneUrl ?? '')?.[1];
      if (name !== undefined) clones.push(within(folder, name));
    } else if (cd) folder = within(folder, cd[1] ?? '');
    else edits.push(...readEdit(line, fileOf));
  }
  return { edits, ...(cloneUrl !== undefined && { cloneUrl }) };
}

/** Lines of a script; a `;` or `&&` inside of quotes ends none. */
function splitLines(script: string): readonly string[] {
  return script
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .flatMap((line) => line.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|&(?!&)|[^;&"']|["'])+/g) ?? [])
    .map((text) => text.trim())
    .map((text) => (text.split('(').length < text.split(')').length ? text.replace(/\)$/, '') : text));
}

/** Each round of a `for NAME in WORDS` loop. */
function unrolled(script: string): string {
  return script.replaceAll(
    /\bfor\s+(\w+)\s+in\s+([^;\n]+?)\s*(?:;|\n)\s*do\b([\s\S]*?)\bdone\b/g,
    (whole, name: string, words: string, body: string) =>
      words.includes('$') || words.includes('*')
        ? whole
        : words
            .split(/\s+/)
            .map((word) => body.replaceAll(new RegExp(`\\$(?:\\{${name}\\}|${name}\\b)`, 'g'), word))
            .join('\n'),
  );
}

/** Replaces the names of `NAME=value` lines by their values, if these are plain. */
export function withShellVariables(script: string): string {
  const values = new Map<string, string>();
  const replaced = (text: string): string =>
    text.replaceAll(
      /\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g,
      (whole, braced: string | undefined, plain: string | undefined) => values.get(braced ?? plain ?? '') ?? whole,
    );
  return script
    .split(/\r?\n/)
    .map((line) => {
      const done = replaced(line);
      const [, name = '', value = ''] =
        /^\s*(?:export\s+|\$)?([A-Za-z_]\w*)\s?=\s?["']?([^"'\s;]*)["']?\s*$/.exec(done) ?? [];
      if (name !== '') values.set(name, value);
      return done;
    })
    .join('\n');
}

function readEdit(line: string, fileOf: (path: string) => string): readonly ScriptEdit[] {
  const bySed = sed.exec(line);
  if (bySed) {
    const paths = (bySed[4] ?? '').split(/[|>]/)[0]?.split(/\s+/) ?? [];
    return paths.filter((path) => path !== '').flatMap((path) => replacement(bySed[3] ?? '', path, line, fileOf));
  }
  const byPowerShell = powerShell.exec(line);
  if (byPowerShell) return replacement(byPowerShell[4] ?? '', byPowerShell[2] ?? '', line, fileOf);
  const byYq = yq.exec(line);
  const path = byYq ? yqPath(byYq[2] ?? '') : undefined;
  if (byYq && path !== undefined)
    return withBraces(byYq[3] ?? '').map((file) => ({ kind: 'path', target: path, file: fileOf(file), line }));
  const byKustomize = kustomize.exec(line);
  return (byKustomize?.[1] ?? '')
    .split(/\s+/)
    .map((text) => text.replaceAll(/["']/g, ''))
    .filter((text) => text !== '' && !text.startsWith('-'))
    .map((target) => ({ kind: 'kustomize', target, file: fileOf('kustomization.yaml'), line }));
}

/** The edit of a pattern that finds a key, or the front of a reference. */
function replacement(
  pattern: string,
  path: string,
  line: string,
  fileOf: (path: string) => string,
): readonly ScriptEdit[] {
  const key = /^(?:\^|\\s\*|\s|\(|\[\[:space:\]\]\*)*"?([\w.\\-]+)"?\s*:/.exec(pattern)?.[1];
  const reference = /^(?:image:\s*)?([a-z0-9][\w-]*(?:\\?\.[\w-]+)+\/[\w./\\-]*\w)/.exec(pattern)?.[1];
  const found = reference ?? key;
  if (found === undefined) return [];
  const kind = reference === undefined ? 'key' : 'reference';
  return withBraces(path).map((file) => ({ kind, target: found.replaceAll('\\', ''), file: fileOf(file), line }));
}

/** `values.{dev,prod}.yaml` as the shell expands it. */
function withBraces(path: string): readonly string[] {
  const [, head = '', words = '', tail = ''] = /^(.*?)\{([^{}]+,[^{}]*)\}(.*)$/.exec(path) ?? [];
  return words === '' ? [path] : words.split(',').flatMap((word) => withBraces(`${head}${word}${tail}`));
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

/** A path from the folder in which the pipeline starts. */
function within(folder: string, path: string): string {
  const clean = path.replaceAll(/["']/g, '').replace(/;$/, '');
  const isRooted = root.test(clean);
  const parts: string[] = isRooted ? [] : folder.split('/').filter((part) => part !== '');
  for (const part of clean.replace(root, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The path from the root of the clone around it. */
function insideClone(path: string, clones: readonly string[]): string {
  const around = clones.filter((clone) => clone !== '' && path.startsWith(`${clone}/`));
  const [longest] = around.toSorted((a, b) => b.length - a.length);
  return (longest === undefined ? path : path.slice(longest.length + 1)).replace(/^\$\([\w.]+\)\//, '');
}
