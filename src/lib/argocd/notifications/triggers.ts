/** A condition of a trigger of Argo CD Notifications; the expressions are those of `expr-lang`. */
export interface TriggerCondition {
  readonly description: string;
  readonly when: string;
  /** Sent once for each value, even if sending fails. Without it, sent each time the condition becomes true. */
  readonly oncePer?: string;
}

const ended = "app.status?.operationState?.phase in ['Succeeded', 'Failed', 'Error']";
const deployed = "app.status?.operationState?.phase == 'Succeeded' and app.status?.health?.status == 'Healthy'";

/**
 * When a notification is sent. A condition with `oncePer` covers each operation, but its notification is lost if the
 * receiver does not answer. The same condition without it is sent at later reconciliations until received, but not if the
 * controller never saw it false in between. So the ends of operations have both, and the receiver accepts duplicates.
 *
 * `?.` prevents errors for the missing fields of a new Application.
 */
export const triggerConditions: readonly TriggerCondition[] = [
  {
    description: 'An operation runs',
    when: "app.status?.operationState?.phase in ['Running']",
    oncePer: 'app.status?.operationState?.startedAt',
  },
  {
    description: 'An operation has ended, once per operation',
    when: ended,
    oncePer: 'app.status?.operationState?.finishedAt',
  },
  { description: 'An operation has ended, until it is received', when: ended },
  {
    description: 'Healthy after an operation, once per operation',
    when: deployed,
    oncePer: 'app.status?.operationState?.finishedAt',
  },
  {
    description: 'Synced and healthy, once per compared revision: unchanged manifests start no operation',
    when: "app.status?.sync?.status == 'Synced' and app.status?.health?.status == 'Healthy'",
    oncePer: 'app.status?.sync?.revision ?? app.status?.sync?.revisions',
  },
  { description: 'Healthy after an operation, until it is received', when: deployed },
  { description: 'Degraded', when: "app.status?.health?.status == 'Degraded'" },
  { description: 'The sync status is unknown', when: "app.status?.sync?.status == 'Unknown'" },
  // At the end: Argo CD keeps the index of a condition, so that another one above would send all again.
  {
    description:
      'An attempt of an operation has failed, once per attempt: Argo CD repeats it and may never report the end',
    when: "app.status?.operationState?.phase == 'Running' and (app.status?.operationState?.retryCount ?? 0) > 0",
    oncePer: "app.status?.operationState?.startedAt + '/' + string(app.status?.operationState?.retryCount)",
  },
];

/**
 * When a notification is sent that only makes tagrelay ask Argo CD's API: at most two for an operation, and none for a
 * commit that does not change the application. The API has the results, so nothing is sent until received.
 */
export const hintConditions: readonly TriggerCondition[] = [
  {
    description: 'An operation has ended, once per operation',
    when: ended,
    oncePer: 'app.status?.operationState?.finishedAt',
  },
  {
    description: 'Healthy after an operation, once per operation',
    when: deployed,
    oncePer: 'app.status?.operationState?.finishedAt',
  },
];
