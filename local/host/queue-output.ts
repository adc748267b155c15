import type { RegisteredFunction } from './app-registry.ts';
import type { InvocationResponse, TypedData } from './core-types.ts';
import type { QueueSettings } from './host-json.ts';
import { encodeBody } from './queue-message.ts';
import { hasStorageCode, type OpenQueue } from './storage-queues.ts';

/** The name under which the library keeps the binding of a handler's return value. */
const returnBinding = '$return';

/**
 * Sends what a handler put into its queue outputs. An array is one message per element, also where it came as a text that
 * is a JSON array; objects are sent as indented JSON (the Functions host's `FunctionBinding`). A missing queue is created.
 */
export async function writeQueueOutputs(
  { metadata }: RegisteredFunction,
  { outputData, returnValue }: InvocationResponse,
  openQueue: OpenQueue,
  encoding: QueueSettings['messageEncoding'],
): Promise<void> {
  const values = [...(outputData ?? []), { name: returnBinding, data: returnValue }];
  for (const { name, data } of values) {
    const binding = metadata.bindings[name ?? ''];
    if (binding?.type?.toLowerCase() !== 'queue' || data === null || data === undefined) continue;
    const queue = openQueue(metadata.name, binding);
    for (const content of messagesOf(data)) {
      const body = encodeBody(content, encoding);
      try {
        await queue.sendMessage(body);
      } catch (error) {
        if (!hasStorageCode(error, 'QueueNotFound')) throw error;
        await queue.createIfNotExists();
        await queue.sendMessage(body);
      }
    }
  }
}

/** The contents of the messages that an output value means. */
export function messagesOf(data: TypedData): readonly (string | Uint8Array)[] {
  if (data.bytes) return [data.bytes];
  const text = data.json ?? data.string ?? String(data.int ?? data.double ?? '');
  if (data.json === undefined && !/^\s*(?:\{[^]*\}|\[[^]*\])\s*$/u.test(text)) return [text];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [text];
  }
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map(textOf);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? '' : JSON.stringify(value, null, 2);
}
