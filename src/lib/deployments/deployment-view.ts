import { z } from 'zod';
import type { FailureCode } from '../model/failure.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { formatImageReference } from '../model/image-reference.ts';
import type { UpdateCause } from '../model/update-cause.ts';
import { deploymentSchema } from './deployment-schema.ts';

/** A newer version of the app may have states and codes that this one does not know. */
const stateSchema = z.custom<DeploymentState>((state) => typeof state === 'string');
const codeSchema = z.custom<FailureCode>((code) => typeof code === 'string');

/** The fields of a record that are shown unchanged. Lists leave `diff` out. */
const shownSchema = deploymentSchema.omit({ update: true, edits: true, followed: true });

/** A deployment as the API answers it and the command line reads it. */
export const deploymentViewSchema = shownSchema.extend({
  id: z.string(),
  route: z.string(),
  environment: z.string(),
  /** `registry/repository:tag[@digest]`. */
  image: z.string(),
  tag: z.string(),
  pushedAt: z.string(),
  /** The id of the update that this one replays. */
  replayOf: z.string().exactOptional(),
  /** A replay that a person ordered with a name or reason. */
  replay: z
    .object({ actor: z.string().exactOptional(), reason: z.string().exactOptional() })
    .readonly()
    .exactOptional(),
  /** A rollback: why it exists. */
  rollback: z
    .object({
      /** The id of the deployment that it reverts. */
      of: z.string().exactOptional(),
      automatic: z.boolean(),
      actor: z.string().exactOptional(),
      reason: z.string(),
    })
    .readonly()
    .exactOptional(),
  /** A promotion: the healthy deployments that it goes on from. */
  promotion: z
    .object({
      from: z.array(z.object({ environment: z.string(), id: z.string() })).readonly(),
      /** Who ordered it, and why; absent without an order. */
      actor: z.string().exactOptional(),
      reason: z.string().exactOptional(),
    })
    .readonly()
    .exactOptional(),
  state: stateSchema,
  /** Every state with its time and reason, the oldest first. */
  states: z
    .array(
      z.object({
        state: stateSchema,
        at: z.string(),
        code: codeSchema.exactOptional(),
        reason: z.string().exactOptional(),
        syncedBy: z.string().exactOptional(),
      }),
    )
    .readonly(),
  code: codeSchema.exactOptional(),
});

export type DeploymentView = Readonly<z.infer<typeof deploymentViewSchema>>;

const shownFields = shownSchema.keyof().options;

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
    ...('number' in cause && { replayOf: cause.of }),
    ...(cause.kind === 'replay' && replayOf(cause)),
    ...(cause.kind === 'rollback' && { rollback: rollbackOf(cause) }),
    ...(cause.kind === 'promotion' && { promotion: promotionOf(cause) }),
    ...(Object.fromEntries(shown) as z.infer<typeof shownSchema>),
  };
}

function replayOf({
  actor,
  reason,
}: Extract<UpdateCause, { readonly kind: 'replay' }>): Pick<DeploymentView, 'replay'> {
  const replay = { ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) };
  return Object.keys(replay).length === 0 ? {} : { replay };
}

function rollbackOf({
  of,
  automatic,
  actor,
  reason,
}: Extract<UpdateCause, { readonly kind: 'rollback' }>): NonNullable<DeploymentView['rollback']> {
  return { ...(of !== undefined && { of }), automatic, ...(actor !== undefined && { actor }), reason };
}

function promotionOf({
  from,
  ordered,
}: Extract<UpdateCause, { readonly kind: 'promotion' }>): NonNullable<DeploymentView['promotion']> {
  const { actor, reason } = ordered ?? {};
  return { from, ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) };
}

/** The view of a deployment in a list: diffs are long. */
export function viewInList(deployment: Deployment): DeploymentView {
  const { diff: _diff, ...view } = viewDeployment(deployment);
  return view;
}
