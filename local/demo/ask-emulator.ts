import type { Platform } from '../platform.ts';

/** Asks the emulator as a person's tool would. */
export async function askEmulator({ devops, key }: Pick<Platform, 'devops' | 'key'>, path: string): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`:${key}`).toString('base64')}`;
  const url = `${devops}/${path}${path.includes('?') ? '&' : '?'}api-version=7.1`;
  const response = await fetch(url, { headers: { authorization } });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
