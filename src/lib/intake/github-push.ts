import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Ignored, Malformed } from './image-pushed.ts';
import { malformed } from './malformed.ts';

/** A push to a branch of a repository on GitHub: a hint that routes documents may have changed. */
export const gitPushSchema = z.object({
  /** For logs. */
  eventId: z.string().max(200),
  /** URL of the repository. */
  repository: z.url().max(1000),
  branch: z.string().min(1).max(500),
  defaultBranch: z.string().min(1).max(500).exactOptional(),
});

export type GitPush = Readonly<z.infer<typeof gitPushSchema>>;

const branchRef = /^refs\/heads\/(.+)$/;
const payloadSchema = z.object({
  ref: z.string().max(500),
  repository: z.object({ html_url: z.url().max(1000), default_branch: z.string().max(500).nullish() }),
});

/**
 * Whether one of the secrets signed a body: `X-Hub-Signature-256`, compared in constant time. See "Validating webhook
 * deliveries" of GitHub.
 */
export function isSignedBy(body: Uint8Array, signature: string | null, secrets: readonly string[]): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(signature ?? '') ?? [];
  if (hex === undefined) return false;
  const given = Buffer.from(hex, 'hex');
  return secrets.some((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given));
}

/** Reads the body of the event `push`. Pushes of tags are ignored. */
export function parseGitHubPush(
  body: unknown,
  eventId: string,
): { readonly kind: 'push'; readonly push: GitPush } | Ignored | Malformed {
  const parsed = payloadSchema.safeParse(body);
  if (!parsed.success) return malformed(parsed.error);
  const { ref, repository } = parsed.data;
  const [, branch] = branchRef.exec(ref) ?? [];
  if (branch === undefined) return { kind: 'ignored', reason: 'no-branch' };
  const { html_url: url, default_branch: defaultBranch } = repository;
  return { kind: 'push', push: { eventId, repository: url, branch, ...(defaultBranch && { defaultBranch }) } };
}
