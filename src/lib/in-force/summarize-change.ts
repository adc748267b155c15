import type { RouteTable } from '../routes/route.ts';

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
