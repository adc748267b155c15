import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../../src');

/** Every event that the code logs by name, and the kinds of outcome, which are logged as they are. */
export function loggedEvents(): Set<string> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const named = files.flatMap((name) =>
    [...readFileSync(join(source, name), 'utf8').matchAll(/'(?:info|warn|error)',\s*'([a-z-]+)'/g)].map(
      ([, event = '']) => event,
    ),
  );
  const outcomes = readFileSync(join(source, 'lib/model/outcome.ts'), 'utf8');
  const kinds = [...outcomes.matchAll(/kind: '([a-z-]+)'/g)].map(([, kind = '']) => kind);
  return new Set([...named, ...kinds.filter((kind) => kind !== 'failed')]);
}
