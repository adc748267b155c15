import { z } from 'zod';
import { tagPattern } from '../model/image-reference.ts';
import type { FieldProblem, Malformed } from './image-pushed.ts';
import { malformed } from './malformed.ts';

/** A pipeline task or check that waits for deployments, as it asked. */
export interface GateRequest {
  readonly kind: 'gate-request';
  readonly task: GateTask;
  /** The job's access token. It goes nowhere but back to its collection, and into no log. */
  readonly token: string;
  readonly question: GateQuestion;
}

/** Which task waits, in the words of "Distributed Task" in the REST reference. */
export interface GateTask {
  /** The unchecked URL of the request. */
  readonly planUrl: string;
  readonly projectId: string;
  /** `build`, `checks`, `gates` or `release`. */
  readonly hubName: string;
  readonly planId: string;
  readonly jobId: string;
  readonly timelineId: string;
  readonly taskInstanceId: string;
}

/** The question of the task. */
export interface GateQuestion {
  readonly environment: string;
  /** Names of routes, or globs. */
  readonly routes?: readonly string[];
  readonly selector: GateSelector;
  /** So many deployments have to be there; without it, each named route has to have one. */
  readonly count?: number;
  readonly onSuperseded: 'follow' | 'succeed' | 'fail';
  /** Fails where the application is healthy and does not run the image. */
  readonly requireImage: boolean;
}

export type GateSelector =
  | { readonly kind: 'build'; readonly build: number }
  | { readonly kind: 'tag'; readonly tag: string }
  /** Of the source or of the GitOps repository. */
  | { readonly kind: 'commit'; readonly commit: string };

const guidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const guid = z.string('is missing').regex(guidPattern, 'expected a GUID').toLowerCase();
const buildId = z
  .union([z.int().positive(), z.string().regex(/^[1-9]\d{0,9}$/)], 'expected the id of a build')
  .transform(Number);

/** Header names are lower case by the time a function sees them. */
const headersSchema = z.object({
  planurl: z.url({ protocol: /^https?$/, error: 'expected the URL of the collection' }).max(500),
  projectid: guid,
  hubname: z.string('is missing').regex(/^[a-z]{1,50}$/i, 'expected the name of a hub'),
  planid: guid,
  jobid: guid,
  timelineid: guid,
  taskinstanceid: guid,
  authtoken: z.string('is missing').regex(/^[\x21-\x7E]{1,16000}$/, 'expected the access token of the job'),
  buildid: buildId.exactOptional(),
});

const routeName = z.string().min(1).max(400);
const bodySchema = z.strictObject({
  environment: z.string('is missing').min(1).max(100),
  route: z.union([routeName, z.array(routeName).min(1).max(100)], 'expected a name, a glob, or a list').exactOptional(),
  buildId: buildId.exactOptional(),
  tag: z.string().regex(tagPattern, 'expected a tag').exactOptional(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/i, 'expected the whole id of a commit')
    .toLowerCase()
    .exactOptional(),
  count: z.int().positive().max(1000).exactOptional(),
  onSuperseded: z.enum(['follow', 'succeed', 'fail']).exactOptional(),
  requireImage: z.boolean().exactOptional(),
});

const selectors = ['buildId', 'tag', 'commit'] as const;

/**
 * Reads what `AzureFunction@1`, `AzureFunction@2` or the check "Invoke Azure Function" sends in callback mode
 * (`AzureFunctionV1/task.json`): the task in headers, which people may edit, and the question in the body.
 *
 * @param headers by their names in lower case
 */
export function parseGateRequest(headers: Readonly<Record<string, string>>, body: unknown): GateRequest | Malformed {
  const head = headersSchema.safeParse(headers);
  const asked = bodySchema.safeParse(body);
  if (!head.success || !asked.success) {
    const inHeaders = head.success ? [] : malformed(head.error).problems;
    const inBody = asked.success ? [] : malformed(asked.error).problems;
    return wrong(...inHeaders.map(({ field, detail }) => ({ field: `header ${field}`, detail })), ...inBody);
  }
  const { environment, route, count, onSuperseded = 'follow', requireImage = false } = asked.data;
  const given = selectors.filter((name) => asked.data[name] !== undefined);
  if (given.length > 1) return wrong({ field: given.join(', '), detail: 'expected one of them' });
  const selector = selectorOf(asked.data, head.data.buildid);
  if (!selector) {
    const detail = 'expected one of buildId, tag and commit, or the header BuildId: $(build.BuildId)';
    return wrong({ field: 'buildId', detail });
  }
  const routes = typeof route === 'string' ? [route] : route;
  if (selector.kind === 'tag' && !routes) {
    return wrong({ field: 'route', detail: 'is missing; a tag alone may be that of any image' });
  }
  return {
    kind: 'gate-request',
    task: {
      planUrl: head.data.planurl,
      projectId: head.data.projectid,
      hubName: head.data.hubname,
      planId: head.data.planid,
      jobId: head.data.jobid,
      timelineId: head.data.timelineid,
      taskInstanceId: head.data.taskinstanceid,
    },
    token: head.data.authtoken,
    question: {
      environment,
      ...(routes && { routes }),
      selector,
      ...(count === undefined ? {} : { count }),
      onSuperseded,
      requireImage,
    },
  };
}

function selectorOf(
  { buildId: build, tag, commit }: z.infer<typeof bodySchema>,
  ownBuild: number | undefined,
): GateSelector | undefined {
  if (tag !== undefined) return { kind: 'tag', tag };
  if (commit !== undefined) return { kind: 'commit', commit };
  const id = build ?? ownBuild;
  return id === undefined ? undefined : { kind: 'build', build: id };
}

function wrong(...problems: readonly FieldProblem[]): Malformed {
  return { kind: 'malformed', problems };
}
