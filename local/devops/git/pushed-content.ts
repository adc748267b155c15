import { checkPush, pushSchema } from './push-request.ts';
import type { PushRequest } from './push-request.ts';

/** A push in the form of its body; `undefined` where the body has another form. */
export function peekPush(body: Buffer): PushRequest | undefined {
  try {
    return checkPush(pushSchema.parse(JSON.parse(body.toString('utf8'))));
  } catch {
    return undefined;
  }
}

/** The files that a push adds or edits, as text. */
export function pushedContent(body: Buffer): readonly string[] {
  return (peekPush(body)?.changes ?? []).flatMap((change) => {
    if (change.type !== 'add' && change.type !== 'edit') return [];
    return change.isBase64 ? Buffer.from(change.text, 'base64').toString('utf8') : change.text;
  });
}
