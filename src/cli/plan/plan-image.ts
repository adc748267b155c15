import { isMissingFromCapture } from '../../lib/edit/edit.ts';
import { Failure } from '../../lib/model/failure.ts';
import { isPreview, ofTag } from '../../lib/routes/preview.ts';
import { takesTag } from '../../lib/routes/match/tag-policy.ts';
import type { Environment, Route } from '../../lib/routes/route.ts';
import { decide } from '../../lib/delivery/plan/decide.ts';
import { inspect } from '../../lib/values/inspect.ts';
import type { FileChange, OpenedFile } from '../../lib/values/inspect.ts';
import type { TaggedImage } from '../../lib/model/tag-update.ts';
import type { Checkouts } from './checkouts.ts';
import { Workspace } from './workspace.ts';
import type { PlannedFile } from './workspace.ts';

/** The result of a push of the image for one environment. */
export interface EnvironmentOutcome {
  readonly route: string;
  readonly environment: string;
  readonly outcome:
    | 'planned'
    | 'up-to-date'
    | 'superseded'
    | 'not-taken'
    | 'by-promotion'
    | 'awaited'
    | 'ignored'
    | 'failed';
  readonly repository: string;
  readonly branch?: string;
  readonly delivery: Environment['delivery'];
  /** The reason; absent where the outcome needs none. */
  readonly reason?: string;
  readonly failure?: Failure;
}

export interface PlannedChange extends FileChange {
  readonly route: string;
  readonly environment: string;
}

export interface ImagePlan {
  readonly outcomes: readonly EnvironmentOutcome[];
  readonly changes: readonly PlannedChange[];
  readonly files: readonly PlannedFile[];
}

interface Request {
  readonly route: Route;
  /** Every environment where it is unset. */
  readonly environment?: string;
  readonly image: TaggedImage;
  readonly checkouts: Checkouts;
  readonly now: Date;
}

/**
 * Plans the changes of a push in the checkouts. Checks that need the network count as passed: the build behind the
 * image, the registry and the mark.
 */
export async function planImage({ route, environment, image, checkouts, now }: Request): Promise<ImagePlan> {
  const workspace = new Workspace();
  const outcomes: EnvironmentOutcome[] = [];
  const planned: {
    readonly environment: string;
    readonly directory: string;
    readonly changes: readonly FileChange[];
  }[] = [];
  const selected = route.environments.filter(({ name }) => environment === undefined || name === environment);
  for (const one of selected) {
    const directory = checkouts.directoryOf(one.repository, one.branch);
    const found = await planEnvironment(route, one, image, await workspace.open(directory, one), now);
    outcomes.push({
      route: route.name,
      environment: one.name,
      repository: one.repository,
      ...(one.branch === undefined ? {} : { branch: one.branch }),
      delivery: one.delivery,
      ...found.outcome,
    });
    for (const change of found.changes) workspace.change(directory, change);
    planned.push({ environment: one.name, directory, changes: found.changes.filter(({ from, to }) => from !== to) });
  }
  for (const { name, reason, repository } of route.refused) {
    if (environment !== undefined && name !== environment) continue;
    const failure = new Failure('outside-bounds', reason, { place: { route: route.name, environment: name } });
    outcomes.push({
      route: route.name,
      environment: name,
      repository,
      delivery: 'observe',
      outcome: 'failed',
      failure,
    });
  }
  const changes = planned.flatMap(({ environment: name, directory, changes: own }) =>
    [...own, ...workspace.lockChanges(directory, own)].map((change) =>
      Object.assign({}, change, { route: route.name, environment: name }),
    ),
  );
  return { outcomes, changes, files: workspace.files() };
}

type Found = {
  readonly outcome: Pick<EnvironmentOutcome, 'outcome' | 'reason' | 'failure'>;
  readonly changes: readonly FileChange[];
};

async function planEnvironment(
  route: Route,
  environment: Environment,
  pushed: TaggedImage,
  files: ReadonlyMap<string, OpenedFile>,
  now: Date,
): Promise<Found> {
  const isChart = environment.update.some(({ kind }) => kind === 'chart');
  const image = isChart ? { ...pushed, tag: pushed.tag.replaceAll('_', '+') } : pushed;
  const verdict = environment.takesPushes ? takesTag(environment.tags, image.tag) : undefined;
  if (verdict?.taken === false) return { outcome: { outcome: 'not-taken', reason: verdict.reason }, changes: [] };
  try {
    if (isPreview(environment)) {
      const reason = ofTag(environment, image.tag).application.join(', ');
      return { outcome: { outcome: 'awaited', reason }, changes: [] };
    }
    const pushed = { image, pushedAt: now.toISOString(), cause: { kind: 'push' as const } };
    const update = { id: '', route: route.name, environment: environment.name, ...pushed };
    const inspection = inspect({ update, environment }, files);
    if (inspection === 'ignored')
      return { outcome: { outcome: 'ignored', reason: 'a file of the update does not exist' }, changes: [] };
    if (environment.promoteFrom.length > 0) {
      return {
        outcome: { outcome: 'by-promotion', reason: `from ${environment.promoteFrom.join(' and ')}` },
        changes: [],
      };
    }
    const decision = decide(inspection, new Map(), undefined);
    if (decision.kind === 'apply') return { outcome: { outcome: 'planned' }, changes: inspection.changes };
    const reason = decision.kind === 'superseded' ? { reason: decision.reason } : {};
    return { outcome: { outcome: decision.kind, ...reason }, changes: [] };
  } catch (error) {
    if (environment.missing === 'ignore' && isMissingFromCapture(error)) {
      return { outcome: { outcome: 'ignored', reason: 'the file has no entry for this image' }, changes: [] };
    }
    if (error instanceof Failure) return { outcome: { outcome: 'failed', failure: error }, changes: [] };
    throw error;
  }
}
