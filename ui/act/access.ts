import { ApiError, get } from '../api.ts';
import { readKey, readPerson } from '../session.ts';

interface Freeze {
  readonly route?: string;
  readonly environment?: string;
  readonly until: string;
  readonly reason: string;
  readonly actor?: string;
}

let known: { readonly key: string | undefined; readonly isAdmin: Promise<boolean> } | undefined;

/** Whether the signed-in person is an admin, or the key reads an endpoint of the level admin. */
export function mayAct(): Promise<boolean> {
  const person = readPerson();
  if (person) return Promise.resolve(person.roles.includes('admin'));
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
