import { z } from 'zod';
import { oneLine, shortenMiddle } from '../model/one-line.ts';

/**
 * The fields of the notification that `infra/argocd/` ships (docs/argocd.md). `toJson` writes `null` for fields that the
 * Application lacks, so every field may be `null`. Deciding fields are checked; a describing field is discarded if it is
 * not of the expected form.
 */
export const notificationSchema = z.object({
  argocdUrl: describing(z.string().max(2000)),
  application: z.object({
    name: kubernetesName('expected the name of an Application'),
    namespace: kubernetesName('expected the namespace of an Application'),
    uid: describing(z.string().regex(/^[0-9a-f-]{36}$/i)),
  }),
  source: z.lazy(() => sourceSchema).nullish(),
  sources: z.array(z.lazy(() => sourceSchema)).nullish(),
  /** By the index of their source; older templates lack it. */
  valueFiles: list(z.array(z.string().max(1000)).nullable()),
  sourceHydratorSpec: z
    .object({
      drySource: z.lazy(() => sourceSchema),
      syncSource: z.object({ targetBranch: describing(z.string().max(500)), path: describing(z.string().max(500)) }),
    })
    .nullish(),
  sync: z
    .object({
      status: statusOf(['Synced', 'OutOfSync', 'Unknown']),
      revision: revision(),
      revisions: z.array(revision()).nullish(),
    })
    .nullish(),
  health: z
    .object({
      status: statusOf(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown']),
      lastTransitionTime: time(),
      degradedResources: list(z.lazy(() => resourceSchema)),
      degradedResourcesOmitted: count(),
    })
    .nullish(),
  operation: z
    .object({
      phase: statusOf(['Running', 'Terminating', 'Succeeded', 'Failed', 'Error']),
      message: text(2000),
      retryCount: z.int().nonnegative().nullish().catch(undefined),
      retryLimit: z.int().nullish().catch(undefined),
      startedAt: time(),
      finishedAt: time(),
      requestedRevision: revision(),
      requestedRevisions: z.array(revision()).nullish(),
      revision: revision(),
      revisions: z.array(revision()).nullish(),
      failedResources: list(z.lazy(() => resourceSchema)),
      failedResourcesOmitted: count(),
      initiatedBy: z
        .object({
          username: z.string().max(200).nullish().catch(undefined),
          automated: z.boolean().nullish().catch(undefined),
        })
        .nullish()
        .catch(undefined),
    })
    .nullish(),
  images: z.array(z.string()).nullish(),
  imagesOmitted: count(),
  conditions: list(
    z.object({ type: z.string().max(200), message: text(300), lastTransitionTime: time().catch(undefined) }),
  ),
  hydrator: z.object({ drySha: revision(), hydratedSha: revision() }).nullish(),
  reconciledAt: time(),
});

export type Notification = z.infer<typeof notificationSchema>;

const sourceSchema = z.object({
  repoURL: z.string().max(2000),
  path: describing(z.string().max(1000)),
  chart: describing(z.string().max(500)),
  targetRevision: describing(z.string().max(500)),
  ref: describing(z.string().max(253)),
});

const resourceSchema = z.object({
  group: describing(z.string().max(253)),
  kind: z.string().max(253),
  namespace: describing(z.string().max(253)),
  name: z.string().max(253),
  status: describing(z.string().max(50)),
  message: text(300),
  hookPhase: describing(z.string().max(50)),
  syncPhase: describing(z.string().max(50)),
});

/** DNS subdomains, as Kubernetes names objects. */
function kubernetesName(error: string) {
  return z
    .string({ error })
    .max(253)
    .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, error);
}

/** A status that Argo CD has not set yet is empty or missing. */
function statusOf<const T extends readonly string[]>(words: T) {
  return z
    .union([z.literal(''), z.enum(words)], { error: `expected one of ${words.join(', ')}` })
    .nullish()
    .transform((word) => (word === '' || word === null ? undefined : word));
}

/**
 * A commit, the version of a chart or a digest; empty where Argo CD has none. In a request it may be a branch or a range of
 * versions too, which is not a revision.
 */
function revision() {
  return z
    .string({ error: 'expected a revision' })
    .nullish()
    .transform((text) => (text && /^[\x21-\x7e]{1,300}$/.test(text) ? text : undefined));
}

function time() {
  return z.iso
    .datetime({ offset: true, error: 'expected an RFC 3339 time' })
    .refine((text) => !(Date.parse(text) <= 0), 'expected a time after 1970')
    .nullish()
    .transform((text) => text ?? undefined);
}

/** A text for people, on one line and without parts of characters that the template has cut. */
function text(longest: number) {
  return z
    .string()
    .nullish()
    .catch(undefined)
    .transform((text) => shortenMiddle(oneLine(withoutCuts(text ?? ''), Infinity), longest));
}

/** The template keeps the beginning and the end of a long text, with ` … ` in between. */
function withoutCuts(text: string): string {
  return text.replace(/\ufffd{1,3}$/, '').replace(/\ufffd{0,3} … \ufffd{0,3}/g, ' … ');
}

function count() {
  return z.number().int().nonnegative().catch(0);
}

function list<T extends z.ZodType>(entry: T) {
  return z.array(entry).nullish().catch(undefined);
}

/** Left out where it has another form. */
function describing<T extends z.ZodType<string>>(form: T) {
  return form.optional().catch(undefined);
}
