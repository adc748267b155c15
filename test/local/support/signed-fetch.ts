import { createHmac } from 'node:crypto';

/**
 * Calls blob or table storage with a shared key, as the storage REST reference's "Authorize with Shared Key" has it: as much
 * of it as these tests need.
 */
export async function signedFetch(
  connectionString: string,
  service: 'Blob' | 'Table',
  method: string,
  path: string,
  { headers = {}, body = '' }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<Response> {
  const setting = (name: string): string =>
    new RegExp(`${name}=(?<value>[^;]+)`, 'u').exec(connectionString)?.groups?.['value'] ?? '';
  const account = setting('AccountName');
  const date = new Date().toUTCString();
  const all: Record<string, string> = { ...headers, 'x-ms-date': date, 'x-ms-version': '2024-11-04' };
  const [resourcePath, ...parameters] = path.split(/[?&]/u);
  const resource = [
    `/${account}/${account}/${resourcePath}`,
    ...parameters.map((parameter) => parameter.replace('=', ':')),
  ].join('\n');
  const type = all['content-type'] ?? '';
  const canonical = Object.entries(all)
    .filter(([name]) => name.startsWith('x-ms-'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const length = body === '' ? '' : String(Buffer.byteLength(body));
  const text =
    service === 'Table'
      ? [method, '', type, date, resource].join('\n')
      : [method, '', '', length, '', type, '', '', '', '', '', '', canonical + resource].join('\n');
  const signature = createHmac('sha256', Buffer.from(setting('AccountKey'), 'base64'))
    .update(text)
    .digest('base64');
  return fetch(`${setting(`${service}Endpoint`)}/${path}`, {
    method,
    headers: { ...all, authorization: `SharedKey ${account}:${signature}` },
    ...(body === '' ? {} : { body }),
  });
}
