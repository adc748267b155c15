import { parseAllDocuments } from 'yaml';
import { requestHeaders } from '../../local/devops/pipeline/agentless-task.ts';
import { parseGateRequest } from '../../src/lib/intake/gate-request.ts';

interface Job {
  readonly pool?: unknown;
  readonly timeoutInMinutes?: number;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly task?: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

const common = ['function', 'method', 'headers', 'queryParameters', 'body', 'waitForCompletion'];
/** The inputs of the task's versions ("Invoke Azure Function task" in the tasks reference of Azure Pipelines). */
const inputs: Readonly<Record<string, readonly string[]>> = {
  'AzureFunction@1': [...common, 'key'],
  'AzureFunction@2': [...common, 'key', 'azureSubscription'],
};
/** `GATE_TIMEOUT` where it is not set; a job that ends before its gate shows no reason. */
const gateMinutes = 55;
const anyGuid = '0b2c7a51-6c0e-4f54-9b0a-2d3e4f5a6b7c';
/** What a task sends that was given no headers: one that asks for no build of its own. */
const defaultHeaders = requestHeaders({
  collectionUrl: 'https://dev.azure.com/contoso/',
  projectId: anyGuid,
  hub: 'build',
  planId: anyGuid,
  jobId: anyGuid,
  timelineId: anyGuid,
  taskId: anyGuid,
  token: 'eyJ0eXAiOiJKV1QifQ.e30.c2ln',
});
/** What variables of a run could be; others whose names end in `Id` are GUIDs. */
const variables: Readonly<Record<string, string>> = {
  'build.buildid': '1241',
  'build.sourceversion': '4f9c1a7d3e5b60718293a4b5c6d7e8f901234567',
  'system.collectionuri': 'https://dev.azure.com/contoso/',
  'system.hosttype': 'build',
  'system.accesstoken': 'eyJ0eXAiOiJKV1QifQ.e30.c2ln',
};

/** What keeps the tasks of a pipeline that ask at a gate from waiting, or from being understood by the app. */
export function gateTaskProblems(yaml: string): string[] {
  return parseAllDocuments(yaml)
    .flatMap((document) => jobsOf(document.toJS()))
    .flatMap((job) => (job.steps ?? []).flatMap((step) => taskProblems(step, job)));
}

/** What is wrong with a gate's body, as the task sends it. */
export function gateBodyProblems(body: string, headers?: string): string[] {
  try {
    const given = headers === undefined ? defaultHeaders : (JSON.parse(expand(headers)) as Record<string, string>);
    const lower = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
    const asked = parseGateRequest(lower, JSON.parse(expand(body)));
    return asked.kind === 'malformed' ? asked.problems.map(({ field, detail }) => `${field} ${detail}`) : [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function taskProblems({ task = '', inputs: given = {} }: Step, { pool, timeoutInMinutes = 60 }: Job): string[] {
  if (!task.startsWith('AzureFunction@')) return [];
  const known = inputs[task] ?? [];
  const { body = '', headers, waitForCompletion, function: url = '' } = given;
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => `${task} has no input ${name}`),
    ...(String(waitForCompletion) === 'true' ? [] : ["the task does not wait: waitForCompletion: 'true'"]),
    ...(pool === 'server' ? [] : ['the job has an agent: pool: server']),
    ...(timeoutInMinutes > gateMinutes ? [] : [`the job ends after ${timeoutInMinutes} minutes, before its gate`]),
    ...(/^https:\/\/[^/]+\/api\/gates$/.test(url) ? [] : [`${url} is no gate of the app`]),
    ...gateBodyProblems(body, headers),
  ];
}

function expand(text: string): string {
  return text.replaceAll(
    /\$\(([\w.-]+)\)/g,
    (whole, name: string) => variables[name.toLowerCase()] ?? (name.endsWith('Id') ? anyGuid : whole),
  );
}

function jobsOf(pipeline: unknown): Job[] {
  if (typeof pipeline !== 'object' || pipeline === null) return [];
  if ('steps' in pipeline) return [pipeline as Job];
  const lists = ['stages' in pipeline ? pipeline.stages : undefined, 'jobs' in pipeline ? pipeline.jobs : undefined];
  return lists.flatMap((list) => (Array.isArray(list) ? list.flatMap(jobsOf) : []));
}
