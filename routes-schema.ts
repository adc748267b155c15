import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routesJsonSchema } from './src/lib/routes/json-schema.ts';

/** Writes `routes.schema.json`, or with `--check` says whether it is stale. */
const file = join(import.meta.dirname, 'routes.schema.json');
const text = `${JSON.stringify(routesJsonSchema(), null, 2)}\n`;

if (!process.argv.includes('--check')) await writeFile(file, text);
else if ((await readFile(file, 'utf8')) !== text) {
  console.error('routes.schema.json is stale; `npm run schema` writes it anew.');
  process.exitCode = 1;
}
