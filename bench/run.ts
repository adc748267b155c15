import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `npm run bench -- NAME`: runs `bench/NAME.ts`, which measures and prints as it is imported. */
const [name = ''] = process.argv.slice(2);
const file = join(import.meta.dirname, `${name}.ts`);
if (!/^[a-z-]+$/.test(name) || name === 'run' || !existsSync(file)) {
  const names = readdirSync(import.meta.dirname).flatMap((entry) => /^(?!run\b)([a-z-]+)\.ts$/.exec(entry)?.[1] ?? []);
  process.stderr.write(`usage: npm run bench -- NAME\nbenches: ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  await import(pathToFileURL(file).href);
}
