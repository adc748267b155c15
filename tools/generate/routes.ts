import { routesJsonSchema } from '../../src/lib/routes/read/json-schema.ts';
import { routesReference } from './routes-reference.ts';

/** The JSON Schema that editors read, and the reference page. Keys are paths from the repository's root. */
export function routesFiles(): Readonly<Record<string, string>> {
  const schema = routesJsonSchema();
  return {
    'routes.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'docs/routes-reference.md': routesReference(schema),
  };
}
