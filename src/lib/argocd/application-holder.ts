import { z } from 'zod';

const trackingAnnotation = 'argocd.argoproj.io/tracking-id';
const trackingLabel = 'app.kubernetes.io/instance';

/** The fields of an Application or ApplicationSet that name the resource that it comes from. */
export const heldResourceSchema = z.object({
  metadata: z.object({
    namespace: z.string().optional().catch(undefined),
    annotations: z.record(z.string(), z.unknown()).nullish().catch(undefined),
    labels: z.record(z.string(), z.unknown()).nullish().catch(undefined),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string() }))
      .nullish()
      .catch(undefined),
  }),
});

/** The application or ApplicationSet whose sync creates a resource. */
export type ResourceHolder =
  | { readonly kind: 'application'; readonly name: string; readonly namespace?: string }
  | { readonly kind: 'application-set'; readonly name: string; readonly namespace?: string };

/**
 * The holder of an Application: its ApplicationSet, else the parent of an app of apps by Argo CD's tracking. A parent in
 * another namespace than Argo CD's own has the name `namespace_name` there.
 */
export function holderOf({ metadata }: z.infer<typeof heldResourceSchema>): ResourceHolder | undefined {
  const { namespace, annotations, labels, ownerReferences } = metadata;
  const owner = ownerReferences?.find(({ kind }) => kind === 'ApplicationSet');
  if (owner) return { kind: 'application-set', name: owner.name, ...(namespace !== undefined && { namespace }) };
  const tracked = annotations?.[trackingAnnotation];
  const instance = typeof tracked === 'string' ? tracked.split(':')[0] : labels?.[trackingLabel];
  if (typeof instance !== 'string' || instance === '') return undefined;
  const [, parentNamespace, name] = /^([^_]+)_(.+)$/.exec(instance) ?? [];
  return name === undefined
    ? { kind: 'application', name: instance }
    : { kind: 'application', name, ...(parentNamespace !== undefined && { namespace: parentNamespace }) };
}
