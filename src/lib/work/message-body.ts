import { tryParseJson } from '../model/json.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the content of a queue message. The host passes bodies unchanged (`messageEncoding` of `host.json` is `none`), because
 * one that it cannot decode would never reach us, and would be gone from the poison queue after 7 days. Messages are sent
 * as base64 of JSON; plain JSON, by a person, is read as well, and any other text stays text.
 */
export function readMessage(message: unknown): unknown {
  if (typeof message !== 'string') return message;
  const text = decodeBase64(message) ?? message;
  return tryParseJson(text) ?? text;
}

function decodeBase64(text: string): string | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    return strictUtf8.decode(Buffer.from(text, 'base64'));
  } catch {
    return undefined; // Then it is text.
  }
}
