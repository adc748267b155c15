import { GitStatusState } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { IdentityRef } from 'azure-devops-node-api/interfaces/common/VSSInterfaces.js';
import { z } from 'zod';
import { readEnum } from '../git/version.ts';
import { askedVersion } from '../server/api-version.ts';
import type { Call } from '../server/call.ts';
import { identityRef } from '../server/identity.ts';
import { optional } from '../server/optional.ts';
import { invalidArgument } from '../server/service-error.ts';

const states = {
  notSet: GitStatusState.NotSet,
  pending: GitStatusState.Pending,
  succeeded: GitStatusState.Succeeded,
  failed: GitStatusState.Failed,
  error: GitStatusState.Error,
  notApplicable: GitStatusState.NotApplicable,
  partiallySucceeded: GitStatusState.PartiallySucceeded,
} as const;
type StateName = keyof typeof states;
const stateNames = Object.keys(states) as [StateName, ...StateName[]];

/** A stored status of a commit or a pull request. */
export const statusSchema = z.object({
  id: z.number(),
  state: z.enum(stateNames),
  description: z.string().exactOptional(),
  context: z.object({ name: z.string(), genre: z.string().exactOptional() }),
  targetUrl: z.string().exactOptional(),
  creationDate: z.string(),
  updatedDate: z.string(),
});
export type Status = z.infer<typeof statusSchema>;

/** The fields of a status in a request. */
export const statusBodySchema = z.object({
  state: optional(z.union([z.string(), z.number()])),
  description: optional(z.string()),
  targetUrl: optional(z.string()),
  context: optional(z.object({ name: optional(z.string()), genre: optional(z.string()) })),
});

/** The version that knows `partiallySucceeded`. */
const partiallySucceededSince = 7.2;

/** A new status as a request asks for it. Throws 400 for one without a context's name, or an unknown state. */
export function readStatus(call: Call, id: number, body: z.infer<typeof statusBodySchema>): Status {
  const { description, targetUrl, context } = body;
  const name = context?.name?.trim() ?? '';
  if (name === '') throw invalidArgument('A status needs the name of its context.', 'context.name');
  const number = readEnum(states, body.state, 'state', GitStatusState.NotSet);
  const state = stateNames.find((candidate) => states[candidate] === number) ?? 'notSet';
  if (state === 'partiallySucceeded' && Number.parseFloat(askedVersion(call) ?? '') < partiallySucceededSince) {
    throw invalidArgument("The value 'partiallySucceeded' needs api-version 7.2-preview.", 'state');
  }
  const now = call.platform.now().toISOString();
  return {
    id,
    state,
    ...(description === undefined ? {} : { description }),
    context: { name, ...(context?.genre === undefined ? {} : { genre: context.genre }) },
    ...(targetUrl === undefined ? {} : { targetUrl }),
    creationDate: now,
    updatedDate: now,
  };
}

/** A status in the form of answers. */
export function describeStatus<S extends Status>(
  { platform, organization }: Call,
  status: S,
): S & { createdBy: IdentityRef } {
  return { ...status, createdBy: identityRef(platform.organizationUrl(organization)) };
}

/** The latest of each context; `statuses` are the newest first. */
export function latestOfEach(statuses: readonly Status[]): Status[] {
  const seen = new Set<string>();
  return statuses.filter(({ context: { genre = '', name } }) => {
    const key = JSON.stringify([genre, name]);
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}
