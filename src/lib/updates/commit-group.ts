import { openFile } from '../edit/edit.ts';
import type { EditableFile } from '../edit/edit.ts';
import { decode } from '../edit/decode.ts';
import { Failure } from '../failure.ts';
import type { GitOpsRepository, Tip } from '../gitops/repository.ts';
import { parseTrailers } from '../gitops/trailers.ts';
import type { Outcome } from './outcome.ts';
import { decide, tagsToDate } from './plan/decide.ts';
import { inspect } from './plan/inspect.ts';
import type { Inspection, OpenedFile, ResolvedUpdate } from './plan/inspect.ts';
import { planCommit } from './plan/plan-commit.ts';
import type { CommitPlan } from './plan/plan-commit.ts';
import { previousTag } from './plan/commit-message.ts';

export interface Target {
  readonly repository: GitOpsRepository;
  readonly branch: string | undefined;
}

export interface CommitGroupDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const maxTries = 8;
const backoffMs = 60;
/** How far back the commit that wrote a tag is looked for. */
const historyLimit = 20;

/**
 * Delivers updates of one branch in one commit: tip, files, decision, push if the tip is still the tip; else everything
 * again from the start. A group that is refused permanently as a whole is halved until the culprit stands alone.
 *
 * @returns the outcome of each update, by its id
 */
export async function commitGroup(
  group: readonly ResolvedUpdate[],
  target: Target,
  deps: CommitGroupDeps,
): Promise<ReadonlyMap<string, Outcome>> {
  try {
    return await tryUntilPushed(group, target, deps);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable' || group.length === 1)
      return new Map(group.map(({ update }) => [update.id, failed(error)]));
    const half = Math.ceil(group.length / 2);
    const first = await commitGroup(group.slice(0, half), target, deps);
    const second = await commitGroup(group.slice(half), target, deps);
    return new Map([...first, ...second]);
  }
}

async function tryUntilPushed(
  group: readonly ResolvedUpdate[],
  target: Target,
  deps: CommitGroupDeps,
): Promise<Map<string, Outcome>> {
  let answerWasLost = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryOnce(group, target, answerWasLost);
    } catch (error) {
      const tryAgain = error instanceof Failure && (error.code === 'branch-moved' || error.code === 'answer-lost');
      if (!tryAgain || tries === maxTries) throw error;
      answerWasLost ||= error.code === 'answer-lost';
      await deps.sleep(backoffMs * tries * (0.5 + deps.random()));
    }
  }
}

async function tryOnce(
  group: readonly ResolvedUpdate[],
  { repository, branch }: Target,
  answerWasLost: boolean,
): Promise<Map<string, Outcome>> {
  const tip = await repository.tip(branch);
  const files = await readFiles(repository, tip, group);
  const outcomes = new Map<string, Outcome>();
  const toApply: Inspection[] = [];
  for (const resolved of group) {
    const { id } = resolved.update;
    const inspection = tryInspect(resolved, files);
    if ('kind' in inspection) {
      outcomes.set(id, inspection);
      continue;
    }
    const decision = decide(inspection, await datePushes(repository, tip, inspection));
    if (decision.kind === 'apply') toApply.push(inspection);
    else if (decision.kind === 'superseded') outcomes.set(id, decision);
    else outcomes.set(id, await upToDate(repository, tip, inspection, answerWasLost));
  }
  const opened = new Map(
    [...files].flatMap(([path, file]) =>
      file === undefined || file instanceof Failure ? [] : [[path, file] as const],
    ),
  );
  const observed = toApply.filter(({ resolved }) => resolved.environment.delivery === 'observe');
  for (const inspection of observed) outcomes.set(inspection.resolved.update.id, observe(inspection));
  const plan = planCommit(
    toApply.filter((inspection) => !observed.includes(inspection)),
    opened,
  );
  if (plan.applied.length > 0) await pushPlan(repository, tip, plan, outcomes);
  return outcomes;
}

async function pushPlan(
  repository: GitOpsRepository,
  tip: Tip,
  plan: CommitPlan,
  outcomes: Map<string, Outcome>,
): Promise<void> {
  const encoder = new TextEncoder();
  const { commit } = await repository.push({
    branch: tip.branch,
    base: tip.commit,
    message: plan.message,
    files: plan.files.map(({ path, after }) => ({ path, content: encoder.encode(after) })),
  });
  const groupSize = plan.applied.length;
  for (const inspection of plan.applied) {
    const previous = previousTag(inspection);
    outcomes.set(inspection.resolved.update.id, {
      kind: 'committed',
      commit,
      branch: tip.branch,
      groupSize,
      ...(previous === undefined ? {} : { previous }),
    });
  }
  for (const { inspection, by } of plan.superseded)
    outcomes.set(inspection.resolved.update.id, { kind: 'superseded', by });
}

async function readFiles(
  repository: GitOpsRepository,
  tip: Tip,
  group: readonly ResolvedUpdate[],
): Promise<Map<string, OpenedFile>> {
  const paths = new Set(group.flatMap(({ environment }) => environment.update.map(({ file }) => file)));
  const contents = await repository.read(tip.commit, [...paths]);
  return new Map([...contents].map(([path, bytes]) => [path, tryOpen(path, bytes)]));
}

/** A file that cannot be opened fails the updates that need it, not the others of the group. */
function tryOpen(path: string, bytes: Uint8Array): EditableFile | Failure {
  try {
    return openFile(path, decode(path, bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function tryInspect(resolved: ResolvedUpdate, files: ReadonlyMap<string, OpenedFile>): Inspection | Outcome {
  if (resolved.environment.delivery === 'pull-request') {
    return failed(
      new Failure(
        'delivery-not-supported',
        'This version does not open pull requests yet: set `delivery: commit` or `delivery: observe`.',
      ),
    );
  }
  try {
    const inspection = inspect(resolved, files);
    return inspection === 'ignored' ? { kind: 'ignored' } : inspection;
  } catch (error) {
    if (error instanceof Failure) return failed(error);
    throw error;
  }
}

/** When the tags in the files were pushed: by the trailers of the commits that wrote them. */
async function datePushes(repository: GitOpsRepository, tip: Tip, inspection: Inspection): Promise<Map<string, Date>> {
  const { update, environment } = inspection.resolved;
  const times = new Map<string, Date>();
  const wanted = new Set(tagsToDate(inspection));
  const [file] = new Set(inspection.changes.map((change) => change.file));
  if (wanted.size === 0 || file === undefined) return times;
  for await (const { message } of repository.history(tip.commit, file, historyLimit)) {
    for (const trailer of parseTrailers(message)) {
      if (trailer.route !== update.route || trailer.environment !== environment.name || trailer.pushed === undefined)
        continue;
      const tag = [...wanted].find((candidate) => trailer.image.split('@')[0]?.endsWith(`:${candidate}`));
      if (tag === undefined || times.has(tag)) continue;
      times.set(tag, new Date(trailer.pushed));
      wanted.delete(tag);
    }
    if (wanted.size === 0) break;
  }
  return times;
}

/** The file holds the value. After a lost answer our own push may be what put it there. */
async function upToDate(
  repository: GitOpsRepository,
  tip: Tip,
  inspection: Inspection,
  answerWasLost: boolean,
): Promise<Outcome> {
  const { id } = inspection.resolved.update;
  const file = inspection.changes[0]?.file;
  if (answerWasLost && file !== undefined) {
    for await (const { commit, message } of repository.history(tip.commit, file, historyLimit)) {
      const trailers = parseTrailers(message);
      const own = trailers.find((trailer) => trailer.id === id);
      if (!own) continue;
      const previous = own.previous === undefined ? {} : { previous: own.previous };
      return { kind: 'committed', commit, branch: tip.branch, groupSize: trailers.length, ...previous };
    }
  }
  return { kind: 'up-to-date', commit: tip.commit };
}

function observe({ changes }: Inspection): Outcome {
  const differing = changes.filter(({ from, to }) => from !== to);
  return {
    kind: 'observed',
    changes: differing.map(({ file, path, from, to }) => `${file} ${path}: ${from ?? '(none)'} → ${to}`).join('; '),
  };
}

function failed(failure: Failure): Outcome {
  return { kind: 'failed', failure };
}
