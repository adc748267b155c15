import type { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { tryParseJson } from '../model/json.ts';
import type { DevOpsHttp } from './http.ts';

/**
 * One request to Azure DevOps that its client package has no call for.
 *
 * @throws {Failure} the failure of the answer; `answer-not-understood` where it has another shape
 */
export async function askJson<T>(
  http: DevOpsHttp,
  { method, url, body }: { readonly method: 'GET' | 'POST' | 'PUT'; readonly url: string; readonly body?: unknown },
  schema: z.ZodType<T>,
): Promise<T> {
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const { bytes } = await http.request(method, url, body === undefined ? '' : JSON.stringify(body), headers);
  const parsed = schema.safeParse(tryParseJson(bytes.toString('utf8')));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Failure(
    'answer-not-understood',
    `${method} ${new URL(url).pathname} answered with another shape: ${fields}`,
  );
}
