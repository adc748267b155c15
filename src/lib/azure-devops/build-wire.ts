import { BuildReason, BuildResult } from 'azure-devops-node-api/interfaces/BuildInterfaces.js';
import { z } from 'zod';
import type { Build, BuiltRepository } from '../model/build.ts';
import { buildPage } from '../net/build-url.ts';
import { Failure } from '../model/failure.ts';
import { parseRepositoryUrl } from '../net/repository-url.ts';
import { withoutUser } from '../intake/without-user.ts';
import { tryParseJson } from '../model/json.ts';

const wireSchema = z.object({
  id: z.int().positive(),
  buildNumber: z.string().min(1),
  result: z.enum(BuildResult).optional(),
  definition: z.object({ id: z.int().positive(), name: z.string().min(1) }),
  project: z.object({ name: z.string().min(1) }),
  repository: z
    .object({
      type: z.string().optional(),
      url: z.string().optional(),
      name: z.string().optional(),
      id: z.string().optional(),
    })
    .nullish(),
  sourceBranch: z.string().min(1),
  /** Not known before it starts. */
  sourceVersion: z.string().nullish(),
  reason: z.number().int().default(BuildReason.None),
  triggerInfo: z.record(z.string(), z.unknown()).nullish(),
  parameters: z.string().nullish(),
  queueTime: z.date().nullish(),
  startTime: z.date().nullish(),
  finishTime: z.date().nullish(),
});

type Wire = z.infer<typeof wireSchema>;

/**
 * A build as `azure-devops-node-api` gives it: with numbers for names, and dates.
 *
 * @param collections of Azure DevOps Server, whose repository URLs look like any other
 * @throws {Failure} `answer-not-understood`
 */
export function readBuild(wire: unknown, collection: string, collections: readonly string[]): Build {
  const parsed = wireSchema.safeParse(wire);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
    throw new Failure('answer-not-understood', `A build of ${collection} is of another shape: ${fields.join('; ')}.`);
  }
  const { id, buildNumber, result, definition, project, sourceBranch, sourceVersion } = parsed.data;
  const { queueTime, startTime, finishTime } = parsed.data;
  const repository = readRepository(parsed.data.repository, collections);
  const targetBranch = readTargetBranch(parsed.data);
  const known = result === undefined ? undefined : results[result];
  return {
    collection,
    project: project.name,
    id,
    number: buildNumber,
    url: buildPage({ collection, project: project.name, id }),
    ...(known && { result: known }),
    definition,
    ...(repository && { repository }),
    sourceBranch,
    sourceVersion: sourceVersion ?? '',
    reason: reasonName(parsed.data.reason),
    ...(targetBranch !== undefined && { targetBranch }),
    ...(queueTime && { queuedAt: queueTime }),
    ...(startTime && { startedAt: startTime }),
    ...(finishTime && { finishedAt: finishTime }),
  };
}

const results: Readonly<Record<BuildResult, Build['result']>> = {
  [BuildResult.None]: undefined,
  [BuildResult.Succeeded]: 'succeeded',
  [BuildResult.PartiallySucceeded]: 'partiallySucceeded',
  [BuildResult.Failed]: 'failed',
  [BuildResult.Canceled]: 'canceled',
};

/** As the REST reference writes it: `IndividualCI` → `individualCI`. */
function reasonName(reason: BuildReason): string {
  const name = BuildReason[reason] ?? 'none';
  return `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
}

/** Of a repository on GitHub, `id` is its name and `url` may be its API's. */
function readRepository(repository: Wire['repository'], collections: readonly string[]): BuiltRepository | undefined {
  if (!repository) return undefined;
  const { type, url, name, id } = repository;
  const text = type?.toLowerCase() === 'github' && id !== undefined ? `https://github.com/${id}` : url;
  const address = text === undefined ? undefined : parseRepositoryUrl(withoutUser(text), collections);
  return {
    ...(address && 'url' in address && { url: address.url, key: address.key }),
    ...(name !== undefined && { name }),
  };
}

/** Azure Repos and GitHub both put it among the variables that the run was queued with, the latter without `refs/heads/`. */
function readTargetBranch({ triggerInfo, parameters }: Wire): string | undefined {
  const variables = z.record(z.string(), z.unknown()).safeParse(tryParseJson(parameters ?? ''));
  const found = variables.data?.['system.pullRequest.targetBranch'] ?? triggerInfo?.['pr.targetBranch'];
  if (typeof found !== 'string' || found === '') return undefined;
  return found.startsWith('refs/') ? found : `refs/heads/${found}`;
}
