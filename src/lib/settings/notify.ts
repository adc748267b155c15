import { createHash } from 'node:crypto';
import { z } from 'zod';
import { tryParseJson } from '../model/json.ts';
import { isLoopback } from '../net/repository-url.ts';
import { tryParseUrl } from '../net/url.ts';
import { noticeEvents } from '../notify/notice.ts';
import { targetKinds } from '../notify/target.ts';
import type { Target } from '../notify/target.ts';
import { globProblem } from '../routes/match/glob.ts';

const globs = z.array(z.string().refine((glob) => globProblem(glob) === undefined, 'expected names, or globs')).min(1);
const targetsSchema = z
  .array(
    z.strictObject({
      kind: z.enum(targetKinds),
      url: z.string(),
      routes: globs.exactOptional(),
      environments: globs.exactOptional(),
      events: z.array(z.enum(noticeEvents)).min(1).exactOptional(),
    }),
  )
  .max(50);

/**
 * Reads `NOTIFY`: a JSON list of webhooks. No message has a part of a URL: it is secret.
 *
 * @param isLocal the app runs on the local platform, which calls only this machine
 */
export function readNotify(
  text: string | undefined,
  isLocal: boolean,
  report: (setting: string, message: string) => void,
): readonly Target[] {
  if (text === undefined) return [];
  const parsed = targetsSchema.safeParse(tryParseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.map(String).join('.') ?? '';
    report('NOTIFY', `${place === '' ? 'the value' : place} is invalid; expected a JSON list of { "kind", "url" }`);
    return [];
  }
  return parsed.data.flatMap(({ url: address, ...target }, index) => {
    const url = tryParseUrl(address);
    const isAllowed = url && (isLoopback(url) || (url.protocol === 'https:' && !isLocal)) && url.username === '';
    if (!url || !isAllowed) {
      report(
        'NOTIFY',
        `${index}.url is invalid; expected https${isLocal ? ', and locally a URL of this machine' : ''}`,
      );
      return [];
    }
    const id = createHash('sha256').update(url.href).digest('hex').slice(0, 16);
    return [{ ...target, url: url.href, id, label: `${index + 1} ${target.kind} ${url.hostname}` }];
  });
}
