import { git } from '../../local/git.ts';
import { valuesPath } from '../../local/seed/services.ts';

/** Of the services, how many hold this tag at the tip of `main`. */
export async function servicesAt(bare: string, tag: string, services: number): Promise<number> {
  // `git grep` ends with 1 where nothing matches; the tip then holds none.
  const found = await git(['grep', '--name-only', `tag: "${tag}"`, 'main', '--', 'apps'], bare).catch(() => '');
  const names = new Set(found.split('\n').map((line) => line.replace(/^main:/, '')));
  return Array.from({ length: services }, (_, index) => valuesPath(index)).filter((path) => names.has(path)).length;
}

export async function commitsAbove(bare: string, base: string): Promise<number> {
  return Number(await git(['rev-list', '--count', `${base}..main`], bare));
}

export async function tipOf(bare: string): Promise<string> {
  return (await git(['rev-parse', 'main'], bare)).trim();
}
