/** A script as it runs on some branches. */
export interface BranchScript {
  readonly script: string;
  /** The branches; `undefined`: all that no other entry names. */
  readonly branches: readonly string[] | undefined;
}

interface Arm {
  /** Branches for which the arm runs; `undefined` for `else`. */
  readonly branches: readonly string[] | undefined;
  readonly lines: string[];
}

const sourceBranch = /build[._]sourcebranch/i;
const opening = /^\s*(?:if|case)\b/;

/** The script for each branch that an `if` or a `case` of it compares with the branch of the build. */
export function scriptsByBranch(script: string): readonly BranchScript[] {
  if (!sourceBranch.test(script)) return [{ script, branches: undefined }];
  const parts = partsOf(lines(script));
  const names = [...new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : part).flatMap(namesOf)))];
  if (names.length === 0) return [{ script, branches: undefined }];
  const scriptFor = (name: string | undefined): string =>
    parts.flatMap((part) => (typeof part === 'string' ? [part] : armFor(part, name))).join('\n');
  return [
    ...names.map((name) => ({ script: scriptFor(name), branches: [name] })),
    { script: scriptFor(undefined), branches: undefined },
  ];
}

function namesOf({ branches }: Arm): readonly string[] {
  return branches ?? [];
}

function armFor(arms: readonly Arm[], name: string | undefined): readonly string[] {
  const own = arms.find(({ branches }) => name !== undefined && branches?.includes(name) === true);
  return (own ?? arms.find(({ branches }) => branches === undefined))?.lines ?? [];
}

/** A line for each keyword of an `if`. */
function lines(script: string): readonly string[] {
  return script
    .replaceAll(/;\s*(?=(?:then|elif|else|fi|esac)\b)/g, '\n')
    .replaceAll(/^(\s*(?:then|else))[ \t]+(?=\S)/gm, '$1\n')
    .replaceAll(/;;/g, '\n;;\n')
    .split(/\r?\n/);
}

/** Lines, and the arms of each `if` and `case` that compares the branch of the build. */
function partsOf(all: readonly string[]): readonly (string | readonly Arm[])[] {
  const parts: (string | readonly Arm[])[] = [];
  let arms: Arm[] | undefined;
  let depth = 0;
  for (const line of all) {
    if (!arms) {
      if (!opening.test(line) || !sourceBranch.test(line)) {
        parts.push(line);
        continue;
      }
      arms = /^\s*case\b/.test(line) ? [] : [{ branches: comparedWith(line), lines: [] }];
      continue;
    }
    if (depth === 0 && /^\s*(?:fi|esac)\b/.test(line)) {
      parts.push(arms);
      arms = undefined;
      continue;
    }
    if (opening.test(line)) depth += 1;
    if (/^\s*(?:fi|esac)\b/.test(line)) depth -= 1;
    const next = depth === 0 ? armOf(line) : undefined;
    if (next) arms.push(next);
    else arms.at(-1)?.lines.push(/^\s*(?:then|;;)\s*$/.test(line) ? '' : line);
  }
  return parts;
}

/** The arm that a line opens: `elif …`, `else`, `develop|main)`, `*)`. */
function armOf(line: string): Arm | undefined {
  if (/^\s*elif\b/.test(line)) return { branches: comparedWith(line), lines: [] };
  if (/^\s*else\b/.test(line)) return { branches: undefined, lines: [] };
  const [, patterns, rest = ''] = /^\s*\(?((?:["']?[\w./*-]+["']?\s*\|?\s*)+)\)(.*)$/.exec(line) ?? [];
  if (patterns === undefined) return undefined;
  const names = patterns.split('|').map((one) => branchName(one.trim()));
  return { branches: names.includes('*') ? undefined : names, lines: [rest] };
}

/** The branches that a condition is true for: `[ "$(Build.SourceBranchName)" = "develop" ]`. */
function comparedWith(condition: string): readonly string[] {
  return Array.from(condition.matchAll(/(?<![!<>])(?:==?|\s-eq)\s*(["']?)([\w./*-]+)\1/g), ([, , name = '']) =>
    branchName(name),
  );
}

function branchName(text: string): string {
  return text.replaceAll(/["']/g, '').replace(/^refs\/heads\//, '');
}
