import { resolve } from 'node:path';
import type { Settings } from '../../lib/settings/settings.ts';
import { textOptions } from '../options.ts';
import { UsageError, type CommandArguments, type CommandIo } from '../command.ts';
import { readNamedFile } from '../files.ts';
import type { RunningApplication } from './application.ts';
import { askApplications } from './ask-applications.ts';
import { readApplications } from './read-applications.ts';

/** The options that name applications, for the commands that have them. */
export const applicationOptions = {
  applications: { type: 'string', multiple: true },
  argocd: { type: 'string', multiple: true },
} as const;

/**
 * The applications of `--applications [INSTANCE=]FILE …` and `--argocd [INSTANCE=]URL …`; `undefined` if neither option
 * is given.
 */
export async function loadApplications(
  args: CommandArguments,
  io: CommandIo,
  { azureDevOpsCollections, localEndpoints }: Pick<Settings, 'azureDevOpsCollections' | 'localEndpoints'>,
): Promise<readonly RunningApplication[] | undefined> {
  const files = textOptions(args, 'applications').map(splitInstance);
  const urls = textOptions(args, 'argocd').map(splitInstance);
  if (files.length + urls.length === 0) return undefined;
  const found: RunningApplication[] = [];
  for (const { instance, rest } of files) {
    const text = await readNamedFile(resolve(io.cwd, rest), '--applications');
    found.push(...readApplications(text, rest, { azureDevOpsCollections, ...instance }));
  }
  for (const { instance, rest: url } of urls)
    found.push(
      ...(await askApplications({ url, ...instance }, { env: io.env, localEndpoints, azureDevOpsCollections })),
    );
  return withoutRepeated(found);
}

function withoutRepeated(found: readonly RunningApplication[]): readonly RunningApplication[] {
  const applications = new Map<string, RunningApplication>();
  for (const application of found) {
    const known = applications.get(application.name);
    if (known && JSON.stringify(known.sources) !== JSON.stringify(application.sources))
      throw new UsageError(
        `there are two different ${application.name}; give each Argo CD its name in ARGOCD_SECRETS, as in weu=apps.json`,
      );
    applications.set(application.name, application);
  }
  return [...applications.values()];
}

/** `weu=apps.json` has the name of an Argo CD in front. */
function splitInstance(text: string): { readonly instance: { readonly instance?: string }; readonly rest: string } {
  const [, instance, rest = text] = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)=(.+)$/i.exec(text) ?? [];
  return { rest, instance: instance === undefined ? {} : { instance } };
}
