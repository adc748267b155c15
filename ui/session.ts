const name = 'tagrelay-key';

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
