/** A condition of a trigger of Argo CD Notifications; the expressions are those of `expr-lang`. */
export interface TriggerCondition {
  readonly description: string;
  readonly when: string;
  /** Sent once for each value, even if sending fails. Without it, sent each time the condition becomes true. */
  readonly oncePer?: string;
}

const ended = "app.status?.operationState?.phase in ['Succeeded', 'Failed', 'Error']";
const deployed = "app.status?.operationState?.phase == 'Succeeded' and app.status?.health?.status == 'Healthy'";

const running =
  "app.status?.health?.status == 'Healthy' and (app.status?.sync?.status == 'Synced' or app.status?.operationState?.phase == 'Succeeded')";
const minutesSince = (time: string): string => `time.Now().Sub(time.Parse(${time})).Minutes()`;
const endedAt = 'app.status?.operationState?.finishedAt';
const healthChangedAt = `(app.status?.health?.lastTransitionTime ?? ${endedAt})`;

/**
 * When a notification is sent. `oncePer` sends each state once, but the notification is lost if the receiver does not
 * answer. A condition without it is sent at later reconciliations until received: the last one repeats the result once
 * nothing has changed for 5 min.
 *
 * `?.` prevents errors for the missing fields of a new Application. Argo CD keeps the index of a condition, so that another
 * one above would send all again.
 */
export const triggerConditions: readonly TriggerCondition[] = [
  {
    description: 'An operation runs',
    when: "app.status?.operationState?.phase in ['Running']",
    oncePer: 'app.status?.operationState?.startedAt',
  },
  {
    description: 'An operation has ended, and the application is not healthy yet: once per operation',
    when: `${ended} and not (${running})`,
    oncePer: endedAt,
  },
  {
    description:
      'Healthy after an operation, or synced and healthy: once per operation, revision and change of health, because unchanged manifests start no operation',
    when: running,
    oncePer: `string(${endedAt}) + '/' + string(app.status?.sync?.revision ?? app.status?.sync?.revisions) + '/' + string(app.status?.health?.lastTransitionTime)`,
  },
  { description: 'Degraded', when: "app.status?.health?.status == 'Degraded'" },
  { description: 'The sync status is unknown', when: "app.status?.sync?.status == 'Unknown'" },
  {
    description:
      'An attempt of an operation has failed, once per attempt: Argo CD repeats it and may never report the end',
    when: "app.status?.operationState?.phase == 'Running' and (app.status?.operationState?.retryCount ?? 0) > 0",
    oncePer: "app.status?.operationState?.startedAt + '/' + string(app.status?.operationState?.retryCount)",
  },
  {
    description: 'Nothing has changed for 5 min since an operation, until it is received',
    when: `${ended} and ${minutesSince(endedAt)} >= 5 and ${minutesSince(healthChangedAt)} >= 5`,
  },
];

/**
 * When a notification is sent that only makes tagrelay ask Argo CD's API: at most two for an operation, and none for a
 * commit that does not change the application. The API has the results, so nothing is sent until received.
 */
export const hintConditions: readonly TriggerCondition[] = [
  {
    description: 'An operation has ended, and the application is not healthy yet: once per operation',
    when: `${ended} and not (${deployed})`,
    oncePer: endedAt,
  },
  {
    description: 'Healthy after an operation, once per operation',
    when: deployed,
    oncePer: endedAt,
  },
];
