import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { routesJsonSchema } from '../../src/lib/routes/json-schema.ts';

test('routes.schema.json is what the schema gives', () => {
  const file = join(import.meta.dirname, '../../routes.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(routesJsonSchema());
});
