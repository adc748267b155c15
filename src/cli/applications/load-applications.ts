import { resolve } from 'node:path';
import { textOptions } from '../options.ts';
import { UsageError, type CommandArguments, type CommandIo } from '../command.ts';
import { readNamedFile } from '../files.ts';
import type { RunningApplication } from './application.ts';
import { readApplications } from './read-applications.ts';

/** The applications of `--applications [INSTANCE=]FILE …`; `undefined` if the option is not given. */
export async function loadApplications(
  args: CommandArguments,
  io: CommandIo,
  azureDevOpsCollections: readonly string[],
): Promise<readonly RunningApplication[] | undefined> {
  const files = textOptions(args, 'applications');
  if (files.length === 0) return undefined;
  const applications = new Map<string, RunningApplication>();
  for (const text of files) {
    const { instance, rest } = splitInstance(text);
    const content = await readNamedFile(resolve(io.cwd, rest), '--applications');
    for (const application of readApplications(content, rest, { azureDevOpsCollections, ...instance })) {
      const known = applications.get(application.name);
      if (known && JSON.stringify(known.sources) !== JSON.stringify(application.sources))
        throw new UsageError(
          `--applications has two different ${application.name}; give each Argo CD its name in ARGOCD_SECRETS: weu=${rest}`,
        );
      applications.set(application.name, application);
    }
  }
  return [...applications.values()];
}

/** `weu=apps.json` has the name of an Argo CD in front. */
export function splitInstance(text: string): {
  readonly instance: { readonly instance?: string };
  readonly rest: string;
} {
  const [, instance, rest = text] = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)=(.+)$/i.exec(text) ?? [];
  return { rest, instance: instance === undefined ? {} : { instance } };
}
