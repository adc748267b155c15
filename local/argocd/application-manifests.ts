import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { ApplicationOptions } from './options.ts';

const sourceSchema = z.object({
  repoURL: z.string(),
  path: z.string().exactOptional(),
  chart: z.string().exactOptional(),
  targetRevision: z.coerce.string().exactOptional(),
  ref: z.string().exactOptional(),
  kustomize: z.object({ images: z.array(z.string()).optional() }).optional(),
  helm: z
    .object({
      parameters: z.array(z.object({ name: z.string(), value: z.coerce.string() })).optional(),
      values: z.string().optional(),
      valuesObject: z.unknown().optional(),
    })
    .optional(),
});

const manifestSchema = z.object({
  apiVersion: z.string().regex(/^argoproj\.io\//),
  kind: z.literal('Application'),
  metadata: z.object({ name: z.string(), namespace: z.string().default('argocd') }),
  spec: z.object({
    project: z.string().default('default'),
    source: sourceSchema.optional(),
    sources: z.array(sourceSchema).optional(),
    syncPolicy: z.object({ automated: z.object({ prune: z.boolean().exactOptional() }).exactOptional() }).default({}),
  }),
});

/** The Applications in a YAML file. */
export function applicationsIn(text: string): readonly ApplicationOptions[] {
  if (!text.includes('argoproj.io/')) return [];
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const read = manifestSchema.safeParse(document.errors.length === 0 ? document.toJS() : undefined);
    if (!read.success) return [];
    const { metadata, spec } = read.data;
    const { source, sources = source ? [source] : [], project, syncPolicy } = spec;
    return [{ ...metadata, project, sources, syncPolicy }];
  });
}
