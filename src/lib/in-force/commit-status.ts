import type { Status } from '../git/statuses.ts';
import type { RouteTable } from '../routes/route.ts';
import type { ComposedDocument } from './compose-routes.ts';

const context = { genre: 'tagrelay', name: 'routes' };
/** GitHub accepts no longer description. */
const maxLength = 140;

/** The status of a commit: its documents are in force, or they have errors. */
export function commitStatus(documents: readonly ComposedDocument[], summary: string): Status {
  const errors = documents.flatMap(({ document: { label, path }, errors }) =>
    errors.map(({ setting, line, column, code }) => ({
      file: setting === label ? path : setting,
      text: `${line === undefined ? '' : `${line}:${column} `}${code}`,
    })),
  );
  if (errors.length === 0) return { state: 'succeeded', context, description: shortened([summary], '') };
  const texts = errors.map(({ file, text }, index) => (errors[index - 1]?.file === file ? text : `${file}:${text}`));
  return { state: 'failed', context, description: shortened(texts, `${errors.length} errors: `) };
}

/** As many texts as fit, and the number of the others. */
function shortened(texts: readonly string[], head: string): string {
  const all = head + texts.join(', ');
  if (all.length <= maxLength) return all;
  for (let count = texts.length - 1; count > 0; count -= 1) {
    const text = `${head}${texts.slice(0, count).join(', ')}, and ${texts.length - count} more`;
    if (text.length <= maxLength) return text;
  }
  return `${all.slice(0, maxLength - 1)}…`;
}

type Routes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The environments of the routes of documents, by route and name, as text to compare. */
function routesOf(table: RouteTable, labels: ReadonlySet<string>): Routes {
  const templates = table.templates();
  return new Map(
    table.entries.flatMap(({ name, setting }, index) => {
      const template = templates[index];
      if (!labels.has(setting) || !template) return [];
      const { environments, image, where } = template;
      return [[name, new Map(environments.map((one) => [one.name, JSON.stringify({ image, where, one })]))] as const];
    }),
  );
}

/** Summarizes the changed routes of some documents: `1 route added (cart), 1 changed (pay: prod), 1 removed (old)`. */
export function summarizeChange(before: RouteTable, after: RouteTable, labels: ReadonlySet<string>): string {
  const [old, current] = [routesOf(before, labels), routesOf(after, labels)];
  const added = [...current.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !current.has(name));
  const changed = [...current].flatMap(([name, environments]) => {
    const known = old.get(name);
    const names = new Set([...environments.keys(), ...(known?.keys() ?? [])]);
    const different = [...names].filter((one) => known?.get(one) !== environments.get(one));
    return known && different.length > 0 ? [`${name}: ${different.join(' ')}`] : [];
  });
  const parts = [...part('added', added), ...part('changed', changed), ...part('removed', removed)];
  const count = `${current.size} ${current.size === 1 ? 'route' : 'routes'}`;
  return parts.length === 0 ? `${count}, none changed` : `${count}: ${parts.join('; ')}`;
}

function part(word: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${names.length} ${word} (${names.join(', ')})`];
}
