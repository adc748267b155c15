import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../command.ts';
import type { CommandIo } from '../command.ts';
import { gitOrigin } from '../git-origin.ts';
import { reportProgress, scanCheckout } from '../init/scan.ts';
import type { RunningApplication } from './application.ts';
import { checkoutsOf } from './checkouts-of.ts';
import { splitCheckout } from './split-checkout.ts';
import type { Checkout, Checkouts } from './place.ts';
import { repositoryAddress } from './source-repository.ts';

/**
 * Reads `--checkout [URL=]DIR …`. A checkout without a URL is of the repository that its remote `origin` shows. If it has
 * none, or if it is the only one and no application reads its repository, it stands for every repository without a checkout.
 */
export async function loadCheckouts(
  texts: readonly string[],
  io: Pick<CommandIo, 'cwd' | 'stderr'>,
  applications: readonly RunningApplication[],
  collections: readonly string[],
): Promise<Checkouts> {
  const used = new Set(
    applications.flatMap(({ sources }) => sources.flatMap(({ repository }) => repository.key ?? [])),
  );
  const named: Checkout[] = [];
  let fallback: Checkout | undefined;
  for (const text of texts) {
    const { url, directory } = splitCheckout(text);
    const path = resolve(io.cwd, directory);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new UsageError(`--checkout ${text}: there is no directory ${path}`);
    const origin = await gitOrigin(path);
    const address = repositoryAddress(url ?? origin.repository ?? '', collections);
    if (url !== undefined && !address)
      throw new UsageError(`--checkout ${text}: ${url} is not the URL of a repository`);
    const files = new Map((await scanCheckout(path, reportProgress(path, io))).map((file) => [file.path, file]));
    const checkout = {
      url: address?.url ?? '',
      key: address?.key ?? '',
      files,
      read: (file: string) => (files.has(file) ? readFileSync(join(path, file)) : undefined),
      ...(origin.branch !== undefined && { branch: origin.branch }),
    };
    const isMirror = url === undefined && texts.length === 1 && !used.has(checkout.key);
    if (address && !isMirror) named.push(checkout);
    else if (fallback)
      throw new UsageError('only one --checkout may have neither a URL nor a remote `origin`; expected URL=DIR');
    else fallback = checkout;
  }
  return checkoutsOf(named, fallback);
}
