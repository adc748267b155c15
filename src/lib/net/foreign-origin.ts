/** The header that a change by a signed-in caller needs. A page of another origin cannot send it without the app's consent. */
export const changeHeader = { name: 'x-requested-with', value: 'tagrelay' } as const;

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Pick<Headers, 'get'>;
}

/**
 * The reason to refuse a request that a page of another origin can have sent with the cookie of a signed-in person.
 * Browsers set `Sec-Fetch-Site` and `Origin` themselves (https://www.w3.org/TR/fetch-metadata/); other callers send neither.
 */
export function foreignReason({ method, url, headers }: Sent): string | undefined {
  const isRead = method === 'GET' || method === 'HEAD';
  const site = headers.get('sec-fetch-site');
  // `none`: the person typed the address or opened a bookmark.
  if (site !== null && site !== 'same-origin' && !(isRead && site === 'none')) {
    return 'the request comes from a page of another origin';
  }
  const origin = headers.get('origin');
  // A proxy in front of the app can end TLS, so the hosts are compared, without the scheme.
  if (site === null && origin !== null && hostOf(origin) !== hostOf(url)) {
    return 'the request comes from a page of another origin';
  }
  if (isRead || headers.get(changeHeader.name) === changeHeader.value) return undefined;
  return `the header ${changeHeader.name}: ${changeHeader.value} is missing`;
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined;
}
