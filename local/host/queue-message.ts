import type { DequeuedMessageItem } from '@azure/storage-queue';
import { formatDateTimeOffset } from './date-time-offset.ts';
import type { QueueSettings } from './host-json.ts';
import type { TypedData } from './core-types.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text in the body of a message, or undefined where the body is not base64 of UTF-8 although it should be. */
export function decodeBody(body: string, encoding: QueueSettings['messageEncoding']): string | undefined {
  if (encoding === 'none') return body;
  const compact = body.replaceAll(/[ \t\r\n]/gu, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(compact)) return undefined;
  try {
    return strictUtf8.decode(Buffer.from(compact, 'base64'));
  } catch {
    return undefined;
  }
}

/** The body of a message that carries a text or bytes. */
export function encodeBody(content: string | Uint8Array, encoding: QueueSettings['messageEncoding']): string {
  return encoding === 'base64' ? Buffer.from(content).toString('base64') : Buffer.from(content).toString('utf8');
}

/**
 * The trigger metadata of a message, as the Functions host passes it: the values of storage, overwritten, ignoring case, by
 * the top-level properties of a JSON message (its `Utility.ApplyBindingData`; arrays and nulls are left out).
 */
export function metadataOf(message: DequeuedMessageItem, text: string): Readonly<Record<string, TypedData>> {
  const metadata: Record<string, TypedData> = {
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    DequeueCount: { json: String(message.dequeueCount) },
    InsertionTime: time(message.insertedOn),
    ExpirationTime: time(message.expiresOn),
    NextVisibleTime: time(message.nextVisibleOn),
  };
  for (const [name, value] of Object.entries(parseObject(text))) {
    const known = Object.keys(metadata).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      metadata[known] = { json: JSON.stringify(value) };
    else if (typeof value === 'boolean') metadata[known] = { string: value ? 'True' : 'False' };
    else if (typeof value === 'string' || typeof value === 'number') metadata[known] = { string: String(value) };
  }
  return metadata;
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

function time(at: Date): TypedData {
  return { json: JSON.stringify(formatDateTimeOffset(at)) };
}
