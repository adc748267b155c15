import { UsageError } from '../command.ts';

const url = /^([a-z][a-z+.-]*:\/\/[^=]*|[^@/=\s]+@[^:/=\s]+:[^=]*)=(.*)$/is;

/** The parts of `[URL=]DIR`; the URL may be one of SSH: `git@host:path`. */
export function splitCheckout(text: string): { readonly url?: string; readonly directory: string } {
  const [, repository, directory = text] = url.exec(text) ?? [];
  if (directory === '') throw new UsageError(`--checkout ${text} names no directory`);
  return { directory, ...(repository !== undefined && { url: repository }) };
}
