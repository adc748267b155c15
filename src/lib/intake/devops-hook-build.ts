import { z } from 'zod';
import { buildAddressOf } from '../net/build-url.ts';
import { canonicalCollection } from '../net/repository-url.ts';
import type { HookPlace, Reduced } from './devops-event.ts';
import { malformed } from './malformed.ts';

const text = z.string().min(1).max(1000);
const word = z.string().max(100).nullish();
const link = z.object({ href: text }).nullish().catch(undefined);
const links = z.object({ web: link }).nullish().catch(undefined);
/** Samples have 0. */
const id = z.int().min(0).max(2_147_483_647);
const project = z.object({ id: text.nullish(), name: text.nullish() }).nullish().catch(undefined);

const buildSchema = z.object({
  id,
  /** 2.0: `completed`; 1.0: the result. */
  status: word,
  result: word,
  url: text.nullish(),
  _links: links,
  project,
});

/** `build.complete`, resource versions 1.0 and 2.0. */
export function parseBuildResource(resource: unknown, place: HookPlace): Reduced {
  const parsed = buildSchema.safeParse(resource);
  if (!parsed.success) return malformed(parsed.error);
  const build = parsed.data;
  const result = build.result ?? build.status;
  if (isTold(result) && result !== 'succeeded' && result !== 'completed') return notSucceeded;
  return addressed(build.id, [build._links?.web?.href, build.url], {
    ...place,
    ...projectOf(build.project, place),
  });
}

const runSchema = z.object({
  id: id.nullish(),
  state: word,
  result: word,
  url: text.nullish(),
  _links: links,
});

const runResourceSchema = z.object({
  run: runSchema.nullish(),
  runId: id.nullish(),
  runUrl: text.nullish(),
  projectId: text.nullish(),
});

/** `ms.vss-pipelines.run-state-changed-event`. */
export function parseRunResource(resource: unknown, place: HookPlace): Reduced {
  const parsed = runResourceSchema.safeParse(resource);
  if (!parsed.success) return malformed(parsed.error);
  const { run } = parsed.data;
  if (isTold(run?.state) && run?.state !== 'completed') return { kind: 'ignored', reason: 'run-not-completed' };
  if (isTold(run?.result) && run?.result !== 'succeeded') return notSucceeded;
  return runAddressed(parsed.data, place);
}

const stageResourceSchema = runResourceSchema.extend({
  stage: z.object({ state: word, result: word }).nullish(),
});

/**
 * `ms.vss-pipelines.stage-state-changed-event`: a stage that has succeeded may have pushed the image, while the run goes
 * on and waits for its deployment.
 */
export function parseStageResource(resource: unknown, place: HookPlace): Reduced {
  const parsed = stageResourceSchema.safeParse(resource);
  if (!parsed.success) return malformed(parsed.error);
  const { stage } = parsed.data;
  if (isTold(stage?.state) && stage?.state !== 'completed') return { kind: 'ignored', reason: 'stage-not-completed' };
  if (isTold(stage?.result) && stage?.result !== 'succeeded') return notSucceeded;
  return runAddressed(parsed.data, place);
}

const notSucceeded: Reduced = { kind: 'ignored', reason: 'not-succeeded' };

/** Minimal details say nothing of states: then Azure DevOps is asked. */
function isTold(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value !== '';
}

/** The documentation's sample has no id of the run but in its URL. */
function runAddressed({ run, runId, runUrl, projectId }: z.infer<typeof runResourceSchema>, place: HookPlace): Reduced {
  const urls = [run?._links?.web?.href, run?.url, runUrl];
  const last = Number((run?.url ?? runUrl ?? '').split('/').at(-1));
  const found = run?.id ?? runId ?? (Number.isInteger(last) ? last : 0);
  return addressed(found, urls, { ...place, ...projectOf({ id: projectId }, place) });
}

function projectOf(named: z.infer<typeof project>, place: HookPlace): HookPlace {
  // The documentation's samples have zeros for ids.
  const projectId = /^[0-]+$/.test(named?.id ?? '') ? undefined : named?.id;
  const known = named?.name ?? projectId ?? place.project;
  return known ? { project: known } : {};
}

/** The build by the place in the hook, else by one of its URLs. */
function addressed(
  buildId: number,
  urls: readonly (string | null | undefined)[],
  { collection: base, project: name }: HookPlace,
): Reduced {
  if (buildId === 0) return { kind: 'ignored', reason: 'sample' };
  const collection = base === undefined ? undefined : canonicalCollection(base);
  if (collection !== undefined && name !== undefined)
    return { kind: 'build', build: { collection, project: name, id: buildId } };
  for (const url of urls) {
    const address = url ? buildAddressOf(url) : undefined;
    if (address?.id === buildId) return { kind: 'build', build: { ...address, ...(name && { project: name }) } };
  }
  return { kind: 'ignored', reason: 'no-address' };
}
