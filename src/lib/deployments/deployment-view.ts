import { z } from 'zod';
import type { FailureCode } from '../model/failure.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { knownBuildSchema, knownSourceSchema } from '../model/image-origin.ts';
import { formatImageReference } from '../model/image-reference.ts';
import { progressSchema } from '../model/progress.ts';

/** A newer version of the app may have states and codes that this one does not know. */
const stateSchema = z.custom<DeploymentState>((state) => typeof state === 'string');
const codeSchema = z.custom<FailureCode>((code) => typeof code === 'string');

/** A deployment as the API answers it and the command line reads it. */
export const deploymentViewSchema = z.object({
  id: z.string(),
  route: z.string(),
  environment: z.string(),
  /** `registry/repository:tag[@digest]`. */
  image: z.string(),
  tag: z.string(),
  pushedAt: z.string(),
  /** The id of the update that this one replays. */
  replayOf: z.string().exactOptional(),
  state: stateSchema,
  /** Every state with its time, the oldest first. */
  states: z.array(z.object({ state: stateSchema, at: z.string() })).readonly(),
  updatedAt: z.string(),
  repository: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pullRequest: z.object({ number: z.number(), url: z.string() }).readonly().exactOptional(),
  previous: z.string().exactOptional(),
  code: codeSchema.exactOptional(),
  reason: z.string().exactOptional(),
  heldUntil: z.string().exactOptional(),
  supersededBy: z.string().exactOptional(),
  changes: z.string().exactOptional(),
  /** Lists leave it out. */
  diff: z.string().exactOptional(),
  build: knownBuildSchema.readonly().exactOptional(),
  source: knownSourceSchema.readonly().exactOptional(),
  applications: z.array(z.string()).readonly().exactOptional(),
  progress: z.record(z.string(), progressSchema).readonly().exactOptional(),
  warning: z.string().exactOptional(),
  editWarnings: z.array(z.string()).readonly().exactOptional(),
});

export type DeploymentView = Readonly<z.infer<typeof deploymentViewSchema>>;

/** Fields that are shown unchanged. */
const shownFields = [
  'state',
  'states',
  'updatedAt',
  'repository',
  'branch',
  'commit',
  'pullRequest',
  'previous',
  'code',
  'reason',
  'heldUntil',
  'supersededBy',
  'changes',
  'diff',
  'build',
  'source',
  'applications',
  'progress',
  'warning',
  'editWarnings',
] as const satisfies readonly (keyof Deployment & keyof DeploymentView)[];

/** Shows a record without the fields that only the app needs. */
export function viewDeployment(deployment: Deployment): DeploymentView {
  const { id, route, environment, image, pushedAt, cause } = deployment.update;
  const shown = shownFields.flatMap((field) => (deployment[field] === undefined ? [] : [[field, deployment[field]]]));
  return {
    id,
    route,
    environment,
    image: formatImageReference(image),
    tag: image.tag,
    pushedAt,
    ...('of' in cause && { replayOf: cause.of }),
    ...(Object.fromEntries(shown) as Pick<Deployment, (typeof shownFields)[number]>),
  };
}

/** The view of a deployment in a list: diffs are long. */
export function viewInList(deployment: Deployment): DeploymentView {
  const { diff: _diff, ...view } = viewDeployment(deployment);
  return view;
}
