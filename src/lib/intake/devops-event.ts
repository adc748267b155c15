import { z } from 'zod';
import { projectPattern } from '../net/build-url.ts';
import type { Ignored, Malformed } from './image-pushed.ts';

/**
 * The reduced form of a service hook: the build, the pull request, or the repository to check. Everything else is asked from
 * Azure DevOps: an event is a hint.
 */
export const devOpsEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('build'),
    /** For logs. */
    eventId: z.string().max(200),
    build: z.object({
      collection: z.url().max(500),
      project: z.string().regex(projectPattern),
      id: z.int().min(1).max(2_147_483_647),
    }),
  }),
  z.object({
    kind: z.literal('pull-request'),
    eventId: z.string().max(200),
    collection: z.url().max(500),
    /** Unique within the collection. */
    number: z.int().min(1).max(2_147_483_647),
  }),
  z.object({
    kind: z.literal('push'),
    eventId: z.string().max(200),
    collection: z.url().max(500),
    /** URL of the repository; absent if the hook has minimal details. */
    repository: z.url().max(1000).exactOptional(),
  }),
]);

export type DevOpsEvent = Readonly<z.infer<typeof devOpsEventSchema>>;

/** The result of a resource's parser. */
export type Reduced =
  | Ignored
  | Malformed
  | { readonly kind: 'build'; readonly build: Extract<DevOpsEvent, { kind: 'build' }>['build'] }
  | { readonly kind: 'pull-request'; readonly collection: string; readonly number: number }
  | { readonly kind: 'push'; readonly collection: string; readonly repository?: string };

/** The place that a hook claims. */
export interface HookPlace {
  readonly collection?: string;
  readonly project?: string;
}
