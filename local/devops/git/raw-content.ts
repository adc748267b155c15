import type { Call } from '../server/call.ts';
import type { Reply } from '../server/reply.ts';
import { invalidArgument } from '../server/service-error.ts';

/** Whether the bytes themselves are asked for: by `$format`, else by the Accept header; JSON only on demand. */
export function wantsBytes({ query, headers }: Pick<Call, 'query' | 'headers'>): boolean {
  const format = query.text('$format')?.toLowerCase();
  const accept = headers.accept?.toLowerCase() ?? '';
  if (format === 'zip' || (format === undefined && accept.startsWith('application/zip'))) {
    throw invalidArgument('Zip archives are not served here; ask for octetStream, text or json.', '$format');
  }
  return format === undefined ? !accept.includes('application/json') : format !== 'json';
}

/** @param download whether the header asks a browser to save the file */
export function attachment(bytes: Buffer, fileName: string, download: boolean): Reply {
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      ...(download ? { 'content-disposition': disposition } : {}),
    },
    bytes,
  };
}
