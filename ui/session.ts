const name = 'tagrelay-key';

/** A person who is signed in with Entra ID, by a cookie of App Service Authentication. */
export interface Person {
  readonly name: string;
  readonly roles: readonly string[];
}

let person: Person | undefined;

/** The function key of this browser session. It is sent as a header only. */
export function readKey(): string | undefined {
  return sessionStorage.getItem(name) ?? undefined;
}

export function saveKey(key: string): void {
  sessionStorage.setItem(name, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(name);
}

/** The signed-in person, if the page works without a key. */
export function readPerson(): Person | undefined {
  return readKey() === undefined ? person : undefined;
}

export function setPerson(signedIn: Person | undefined): void {
  person = signedIn;
}
