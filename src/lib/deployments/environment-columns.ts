import { z } from 'zod';
import { holders, isReplaced } from '../model/deployment.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { deploymentStates, isState } from '../model/deployment-states.ts';
import { driftSchema } from '../model/drift.ts';
import type { FailureCode } from '../model/failure.ts';
import { tryParseJson } from '../model/json.ts';
import type { UpdateCause } from '../model/update-cause.ts';
import type { Columns } from '../storage/stored-value.ts';
import { indexRowKey } from './index-row-key.ts';

/** A newer version of the app may write codes that this one does not know. */
const codeSchema = z.custom<FailureCode>((code) => typeof code === 'string');

/** A deployment in brief, as the row of its environment holds it. */
const briefSchema = z.object({
  id: z.string(),
  /** Orders deployments, the newest first. */
  key: z.string(),
  tag: z.string(),
  digest: z.string().exactOptional(),
  state: z.enum(deploymentStates),
  /** Since when it is in this state, ISO 8601. */
  since: z.string(),
  updatedAt: z.string(),
  pushedAt: z.string(),
  /** When its commit was recorded, ISO 8601. */
  committedAt: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pullRequest: z.object({ number: z.number(), url: z.string() }).readonly().exactOptional(),
  cause: z.object({
    kind: z.string(),
    automatic: z.boolean().exactOptional(),
    actor: z.string().exactOptional(),
    /** Environments from which the image was promoted. */
    from: z.array(z.string()).readonly().exactOptional(),
  }),
  code: codeSchema.exactOptional(),
  reason: z.string().exactOptional(),
  supersededBy: z.string().exactOptional(),
  heldBy: z.enum(holders).exactOptional(),
  heldUntil: z.string().exactOptional(),
  opensAt: z.string().exactOptional(),
  warning: z.string().exactOptional(),
  drift: driftSchema.exactOptional(),
});

export type DeploymentBrief = Readonly<z.infer<typeof briefSchema>>;

const longestReason = 300;
const shownFields = [
  'commit',
  'pullRequest',
  'code',
  'supersededBy',
  'heldBy',
  'heldUntil',
  'opensAt',
  'drift',
] as const satisfies readonly (keyof Deployment & keyof DeploymentBrief)[];

export function briefOf(deployment: Deployment): DeploymentBrief {
  const { update, state, states, updatedAt, reason, warning } = deployment;
  const { id, image, pushedAt, cause } = update;
  const committed = states.find((one) => isState(one.state, 'committed'));
  const shown = shownFields.flatMap((field) => (deployment[field] === undefined ? [] : [[field, deployment[field]]]));
  return {
    id,
    key: indexRowKey(deployment),
    tag: image.tag,
    ...(image.digest !== undefined && { digest: image.digest }),
    state,
    since: states.at(-1)?.at ?? updatedAt,
    updatedAt,
    pushedAt,
    ...(committed && { committedAt: committed.at }),
    cause: briefCause(cause),
    ...(Object.fromEntries(shown) as Pick<DeploymentBrief, (typeof shownFields)[number]>),
    ...(reason !== undefined && { reason: cut(reason) }),
    ...(warning !== undefined && { warning: cut(warning) }),
  };
}

function briefCause(cause: UpdateCause): DeploymentBrief['cause'] {
  const { kind } = cause;
  if (cause.kind === 'promotion') {
    const actor = cause.ordered?.actor;
    return { kind, from: cause.from.map(({ environment }) => environment), ...(actor !== undefined && { actor }) };
  }
  const actor = 'actor' in cause && cause.actor !== undefined && { actor: cause.actor };
  return { kind, ...(cause.kind === 'rollback' && { automatic: cause.automatic }), ...actor };
}

function cut(text: string): string {
  return text.length <= longestReason ? text : `${text.slice(0, longestReason - 1)}…`;
}

/** Whether the row of an environment shows no difference between two versions of a record. */
export function isSameBrief(a: Deployment, b: Deployment): boolean {
  return shownText(a) === shownText(b);
}

function shownText(deployment: Deployment): string {
  return JSON.stringify({ ...briefOf(deployment), updatedAt: '' });
}

/**
 * The column of a deployment in the row of its environment. Each state has its own, so the records of an environment write
 * the row without reading it. Queued updates are listed by their state.
 */
export function stateColumns(deployment: Deployment): Columns | undefined {
  const { state } = deployment;
  const brief = briefOf(deployment);
  if (state === 'queued' || (isReplaced(deployment) && brief.committedAt === undefined)) return undefined;
  return { [columnOf(state)]: JSON.stringify(brief) };
}

/** The last deployment of each state. */
export function readStateColumns(columns: Columns): readonly DeploymentBrief[] {
  return deploymentStates.flatMap((state) => {
    const text = columns[columnOf(state)];
    if (typeof text !== 'string') return [];
    const parsed = briefSchema.safeParse(tryParseJson(text));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Names of columns take no hyphen. */
function columnOf(state: DeploymentState): string {
  return state.replaceAll('-', '_');
}
