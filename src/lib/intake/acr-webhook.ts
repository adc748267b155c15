import { z } from 'zod';
import { digestPattern, registryPattern, repositoryPattern, tagPattern } from '../model/image-reference.ts';
import { artifactOfEvent } from './artifact-of-event.ts';
import { believableTime } from './believable-time.ts';
import type { Ignored, ImagePushed, Malformed } from './image-pushed.ts';
import { malformed } from './malformed.ts';

/**
 * Reads the body of an Azure Container Registry webhook (webhook schema reference), which Event Grid carries as `data`
 * too. Only a push of a tagged image or chart asks for anything.
 */
export function parseAcrEvent(body: unknown, receivedAt: Date): ImagePushed | Ignored | Malformed {
  const event = envelopeSchema.safeParse(body);
  if (!event.success) return malformed(event.error);
  if (event.data.action !== 'push') return { kind: 'ignored', reason: reasonOf(event.data.action) };
  const push = pushSchema.safeParse(body);
  if (!push.success) return malformed(push.error);
  const { id, timestamp, target, request } = push.data;
  if (!target.tag) return { kind: 'ignored', reason: 'untagged' };
  if (signaturePattern.test(target.tag)) return { kind: 'ignored', reason: 'signature' };
  const image = {
    registry: request.host.toLowerCase(),
    repository: target.repository,
    tag: target.tag,
    ...(target.digest === undefined ? {} : { digest: target.digest }),
  };
  const artifact = artifactOfEvent(target);
  return {
    kind: 'image-pushed',
    eventId: id,
    image,
    ...(artifact && { artifact }),
    pushedAt: believableTime(new Date(timestamp), receivedAt),
  };
}

const envelopeSchema = z.object({ action: z.string().min(1).max(100) });

const pushSchema = z.object({
  id: z.string().min(1).max(200),
  timestamp: z.iso
    .datetime({ offset: true, error: 'expected an RFC 3339 time' })
    .refine((text) => !(Date.parse(text) <= 0), 'expected a time after 1970'),
  target: z.object({
    repository: z
      .string()
      .max(255)
      .regex(repositoryPattern, 'expected a repository name of the OCI distribution specification'),
    // A registry always sends it; a person who sends an event by hand may leave it out.
    digest: z.string().regex(digestPattern, 'expected sha256: and 64 hexadecimal digits').optional(),
    tag: z
      .string()
      .refine((tag) => tag === '' || tagPattern.test(tag), 'expected a tag of the OCI distribution specification')
      .nullish(),
    mediaType: z.string().nullish().catch(undefined),
    artifactType: z.string().nullish().catch(undefined),
  }),
  request: z.object({ host: z.string().max(255).regex(registryPattern, 'expected the host name of the registry') }),
});

/**
 * Tags under which cosign stores signatures, attestations and SBOMs, and under which registries without the referrers
 * API keep the index of what refers to a digest (OCI distribution specification, "referrers tag schema").
 */
const signaturePattern = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.[a-z]+)?$/;

/** The other actions of a registry; `chart_*` is the obsolete `az acr helm`, which names no registry. */
const knownActions = new Set(['ping', 'delete', 'quarantine', 'chart_push', 'chart_delete']);

function reasonOf(action: string): string {
  return knownActions.has(action) ? action : 'unknown-action';
}
