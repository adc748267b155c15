import { z } from 'zod';
import { parseAcrEvent } from './acr-webhook.ts';
import type { Ignored, ImagePushed, Malformed } from './image-pushed.ts';

/**
 * Reads a message about a registry: the body of an ACR webhook, an Event Grid event, or a CloudEvent.
 * The latter two carry the webhook's body as `data` (Azure Container Registry as an Event Grid source).
 */
export function parseRegistryEvent(message: unknown, receivedAt: Date): ImagePushed | Ignored | Malformed {
  const eventGrid = eventGridSchema.safeParse(message);
  if (eventGrid.success) return parseTyped(eventGrid.data.eventType, eventGrid.data.data, receivedAt);
  const cloudEvent = cloudEventSchema.safeParse(message);
  if (cloudEvent.success) return parseTyped(cloudEvent.data.type, cloudEvent.data.data, receivedAt);
  return parseAcrEvent(message, receivedAt);
}

const eventGridSchema = z.object({ eventType: z.string(), data: z.unknown() });
const cloudEventSchema = z.object({ specversion: z.string(), type: z.string(), data: z.unknown() });

/** Older events lack the `Microsoft.ContainerRegistry.` in front. */
function parseTyped(type: string, data: unknown, receivedAt: Date): ImagePushed | Ignored | Malformed {
  if (!/^(?:Microsoft\.ContainerRegistry\.)?(?:ImagePushed|ChartPushed)$/.test(type))
    return { kind: 'ignored', reason: 'other-event-type' };
  const event = parseAcrEvent(data, receivedAt);
  if (event.kind !== 'malformed') return event;
  return {
    kind: 'malformed',
    problems: event.problems.map(({ field, detail }) => ({
      field: field === '(body)' ? 'data' : `data.${field}`,
      detail,
    })),
  };
}
