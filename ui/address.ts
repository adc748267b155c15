/** A view of the page and its parameters, as the fragment of the address holds them. */
export interface Address {
  /** `environments`, `deployments`, `queue`. */
  readonly view: string;
  readonly id?: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Reads `#/view/id?name=value`. */
export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', id] = path.split('/', 2);
  return {
    view: view === '' ? 'environments' : view,
    ...(id !== undefined && { id: decode(id) }),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** Parameters without a value are left out. */
export function formatAddress({ view, id, query }: Omit<Address, 'query'> & Partial<Pick<Address, 'query'>>): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== '');
  const text = new URLSearchParams(given).toString();
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${text === '' ? '' : `?${text}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
