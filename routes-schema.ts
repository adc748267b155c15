import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routesReference } from './routes-reference.ts';
import { routesJsonSchema } from './src/lib/routes/json-schema.ts';

/** Writes `routes.schema.json` and `docs/routes-reference.md`, or with `--check` says which of them is stale. */
const schema = routesJsonSchema();
const files = {
  'routes.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
  'docs/routes-reference.md': routesReference(schema),
};

for (const [name, text] of Object.entries(files)) {
  const file = join(import.meta.dirname, name);
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${name} is stale; \`npm run schema\` writes it anew.`);
    process.exitCode = 1;
  }
}
