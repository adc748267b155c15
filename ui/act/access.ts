import { ApiError, get } from '../api.ts';
import { readKey } from '../session.ts';

interface Freeze {
  readonly route?: string;
  readonly environment?: string;
  readonly until: string;
  readonly reason: string;
  readonly actor?: string;
}

let known: { readonly key: string | undefined; readonly isAdmin: Promise<boolean> } | undefined;

/** Whether the key may change something: it reads an endpoint of the level admin. */
export function mayAct(): Promise<boolean> {
  const key = readKey();
  if (known?.key !== key) known = { key, isAdmin: askIsAdmin() };
  return known?.isAdmin ?? Promise.resolve(false);
}

async function askIsAdmin(): Promise<boolean> {
  try {
    await get<{ readonly freezes: readonly Freeze[] }>('freezes');
    return true;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return false;
    known = undefined;
    throw error;
  }
}
