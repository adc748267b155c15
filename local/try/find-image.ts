import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runTagrelay } from './command-line.ts';

const maxFiles = 5_000;
const maxBytes = 1024 * 1024;

/** An image that a route's image pattern takes, without tag: of those that `init` found, else of the texts of the checkout. */
export async function findImage(
  checkout: string,
  patterns: readonly string[],
  found: readonly string[],
): Promise<string | undefined> {
  const expressions = patterns.map(imageExpression);
  const known = found.find((image) => expressions.some((expression) => expression.exec(image)?.[0] === image));
  if (known !== undefined) return known;
  for await (const text of textFiles(checkout)) {
    for (const expression of expressions) {
      const [found] = expression.exec(text) ?? [];
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** `{word}` stands for one path segment, or a part of one. */
function imageExpression(pattern: string): RegExp {
  const parts = pattern.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(?<![\\w./-])${parts.join('[a-z0-9][a-z0-9._-]*')}(?![\\w./-])`);
}

async function* textFiles(directory: string): AsyncGenerator<string> {
  let count = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes('/.git/') || !/\.(?:ya?ml|json)$/.test(entry.name)) continue;
    if ((count += 1) > maxFiles) return;
    if ((await stat(path)).size <= maxBytes) yield readFile(path, 'utf8');
  }
}

const sampleSha = 'abcdef0123456789abcdef0123456789abcdef01';

export interface FindTagsOptions {
  readonly root: string;
  readonly routesFile: string;
  readonly checkout: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The tags that an environment takes. */
interface Policy {
  readonly match?: string | undefined;
  readonly template?: string | undefined;
}

const planSchema = z.object({
  outcomes: z.array(z.object({ outcome: z.string() })),
  changes: z.array(z.object({ from: z.string().nullable(), to: z.string() })),
});

/**
 * A tag that an environment takes and that is newer than what the files hold, and one more that comes after it: tried
 * out with `tagrelay plan`, on tags made for the policies and on the usual forms.
 */
export async function findTags(
  { root, routesFile, checkout, image, env }: FindTagsOptions,
  policies: readonly Policy[],
): Promise<readonly [string, string] | undefined> {
  for (const [first, second] of candidates(policies)) {
    const planned = planSchema.safeParse(
      await runTagrelay(
        root,
        ['plan', '--routes', routesFile, '--checkout', checkout, '--image', `${image}:${first}`],
        env,
      ),
    );
    if (planned.success && planned.data.changes.some(({ from, to }) => from !== to)) return [first, second];
  }
  return undefined;
}

function candidates(policies: readonly Policy[]): (readonly [string, string])[] {
  const made = policies.flatMap(({ match, template }) => [
    ...(template === undefined ? [] : [[fromTemplate(template, '999901'), fromTemplate(template, '999902')] as const]),
    ...(match === undefined ? [] : [[sampleTag(match, '999901'), sampleTag(match, '999902')] as const]),
  ]);
  const usual = [
    ['999901', '999902'],
    ['999.0.1', '999.0.2'],
    ['v999.0.1', 'v999.0.2'],
    ['main-999901-abcdef0', 'main-999902-abcdef0'],
    ['2099.01.01', '2099.01.02'],
  ] as const;
  return [...made, ...usual];
}

/** A tag of a build, by the template of `build.tag`. */
function fromTemplate(template: string, number: string): string {
  return template
    .replaceAll('{buildId}', number)
    .replaceAll('{buildNumber}', `20991231.${number}`)
    .replaceAll(/\{sourceVersion(?::(\d+))?\}/g, (_all, length: string | undefined) =>
      sampleSha.slice(0, Number(length ?? 40)),
    )
    .replaceAll('*', 'x');
}

/** A text that a simple regular expression matches; for others it is only a guess, and `plan` refuses it. */
function sampleTag(match: string, number: string): string {
  return match
    .replace(/^\^|\$$/g, '')
    .replace(/\\d(?:\+|\*|\{\d+(?:,\d*)?\})?/g, number)
    .replace(/\[0-9a-f\](?:\{(\d+)(?:,\d*)?\}|\+|\*)?/g, (_all, count: string | undefined) =>
      sampleSha.slice(0, Number(count ?? 7)),
    )
    .replace(/\(\?:|[()]/g, '')
    .replace(/\\(.)/g, '$1');
}
