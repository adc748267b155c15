import { z } from 'zod';
import { documentSchema, updateKinds } from './schema.ts';

/** The shape of a routes document as JSON Schema, for editors: `# yaml-language-server: $schema=…`. */
export function routesJsonSchema(): object {
  const schema = z.toJSONSchema(documentSchema, {
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      // The loader checks these itself, with clearer messages.
      if (zodSchema === documentSchema) jsonSchema.patternProperties = { '^x-': { description: 'For anchors' } };
      if (jsonSchema.properties?.['kustomize']) jsonSchema.oneOf = updateKinds.map((kind) => ({ required: [kind] }));
    },
  });
  return { title: 'tagrelay routes', ...schema };
}
