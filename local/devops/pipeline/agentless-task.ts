/** A task that runs on the server, as `AzureFunction@1` with `waitForCompletion: true`. */
export interface AgentlessTask {
  /** The input `function`: the URL without key. */
  readonly url: string;
  readonly key?: string;
  /** `a=1&b=2` */
  readonly queryParameters?: string;
  readonly method?: 'POST' | 'GET' | 'PUT';
  /** Beside the default ones, which people may edit: an empty text takes one away. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Time limit of the answer; 20 s as on the service. */
  readonly answerLimitMs?: number;
  /** How long `TaskCompleted` may take; an hour as on the service. */
  readonly timeoutMs?: number;
}

/** Who the task is, for the headers that it sends. */
export interface TaskIdentity {
  /** With a slash at its end. */
  readonly collectionUrl: string;
  readonly projectId: string;
  readonly hub: string;
  readonly planId: string;
  readonly timelineId: string;
  readonly jobId: string;
  readonly taskId: string;
  readonly token: string;
}

/** The headers that the task has by default (`AzureFunctionV1/task.json`), and those that it was given. */
export function requestHeaders(identity: TaskIdentity, given: AgentlessTask['headers'] = {}): Record<string, string> {
  const defaults = {
    'Content-Type': 'application/json',
    PlanUrl: identity.collectionUrl,
    ProjectId: identity.projectId,
    HubName: identity.hub,
    PlanId: identity.planId,
    JobId: identity.jobId,
    TimelineId: identity.timelineId,
    TaskInstanceId: identity.taskId,
    AuthToken: identity.token,
  };
  return Object.fromEntries(Object.entries({ ...defaults, ...given }).filter(([, value]) => value !== ''));
}

/** The URL that the task calls; it has the parameter `code` even without a key. */
export function requestUrl({ url, key = '', queryParameters = '' }: AgentlessTask): string {
  return `${url}?code=${encodeURIComponent(key)}&${queryParameters}`;
}

/** Calls the function. Resolves with a line for the log; rejects with what the task fails with. */
export async function sendRequest(task: AgentlessTask, identity: TaskIdentity): Promise<string> {
  const { method = 'POST', body, answerLimitMs = 20_000 } = task;
  const response = await fetch(requestUrl(task), {
    method,
    headers: requestHeaders(identity, task.headers),
    redirect: 'manual',
    signal: AbortSignal.timeout(answerLimitMs),
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${task.url} was answered ${response.status}: ${text}`);
  return `${method} ${task.url} was answered ${response.status}: ${text}`;
}
