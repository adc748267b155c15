import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../command.ts';
import { gitOrigin } from '../init/git-origin.ts';
import { scanCheckout } from '../init/scan.ts';
import type { RunningApplication } from './application.ts';
import { checkoutsOf } from './checkouts-of.ts';
import { splitCheckout } from './split-checkout.ts';
import type { Checkout, Checkouts } from './place.ts';
import { repositoryAddress } from './source-repository.ts';

/**
 * Reads `--checkout [URL=]DIR …`. A checkout without a URL is of the repository that its remote `origin` shows; if no
 * application reads that one, it stands for every repository that no other checkout has.
 */
export async function loadCheckouts(
  texts: readonly string[],
  cwd: string,
  applications: readonly RunningApplication[],
  collections: readonly string[],
): Promise<Checkouts> {
  const used = new Set(
    applications.flatMap(({ sources }) => sources.flatMap(({ repository }) => repository.key ?? [])),
  );
  const byKey = new Map<string, Checkout>();
  let fallback: Checkout | undefined;
  for (const text of texts) {
    const { url, directory } = splitCheckout(text);
    const path = resolve(cwd, directory);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new UsageError(`--checkout ${text}: there is no directory ${path}`);
    const origin = await gitOrigin(path);
    const address = repositoryAddress(url ?? origin.repository ?? '', collections);
    if (url !== undefined && !address)
      throw new UsageError(`--checkout ${text}: ${url} is not the URL of a repository`);
    const files = new Map((await scanCheckout(path)).map((file) => [file.path, file]));
    const rest = {
      files,
      read: (file: string) => (files.has(file) ? readFileSync(join(path, file)) : undefined),
      ...(origin.branch !== undefined && { branch: origin.branch }),
    };
    if (address && (url !== undefined || used.has(address.key))) byKey.set(address.key, { ...address, ...rest });
    else if (fallback)
      throw new UsageError('only one --checkout may have no URL that applications read; expected URL=DIR');
    else fallback = { url: address?.url ?? '', key: address?.key ?? '', ...rest };
  }
  return checkoutsOf([...byKey.values()], fallback);
}
