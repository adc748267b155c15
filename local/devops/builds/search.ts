import {
  BuildQueryOrder,
  BuildReason,
  BuildResult,
  BuildStatus,
} from 'azure-devops-node-api/interfaces/BuildInterfaces.js';
import { readEnum } from '../git/version.ts';
import type { Query } from '../server/query.ts';
import { invalidArgument } from '../server/service-error.ts';
import type { Build } from './build.ts';

const statuses = {
  notStarted: BuildStatus.NotStarted,
  inProgress: BuildStatus.InProgress,
  completed: BuildStatus.Completed,
  cancelling: BuildStatus.Cancelling,
  postponed: BuildStatus.Postponed,
  all: BuildStatus.All,
};
const results = {
  succeeded: BuildResult.Succeeded,
  partiallySucceeded: BuildResult.PartiallySucceeded,
  failed: BuildResult.Failed,
  canceled: BuildResult.Canceled,
};
const reasons = {
  manual: BuildReason.Manual,
  individualCI: BuildReason.IndividualCI,
  batchedCI: BuildReason.BatchedCI,
  schedule: BuildReason.Schedule,
  pullRequest: BuildReason.PullRequest,
  resourceTrigger: BuildReason.ResourceTrigger,
  all: BuildReason.All,
};
const orders = {
  finishTimeAscending: BuildQueryOrder.FinishTimeAscending,
  finishTimeDescending: BuildQueryOrder.FinishTimeDescending,
  queueTimeAscending: BuildQueryOrder.QueueTimeAscending,
  queueTimeDescending: BuildQueryOrder.QueueTimeDescending,
  startTimeAscending: BuildQueryOrder.StartTimeAscending,
  startTimeDescending: BuildQueryOrder.StartTimeDescending,
};

/** The builds that fit a query, the one that was queued last first ("Builds - List" in the REST reference). */
export function searchBuilds(query: Query, builds: readonly Build[]): Build[] {
  const ids = numbers(query, 'buildIds');
  const definitions = numbers(query, 'definitions');
  const number = query.text('buildNumber');
  const status = readFlags(statuses, query.text('statusFilter'), 'statusFilter');
  const result = readFlags(results, query.text('resultFilter'), 'resultFilter');
  const reason = readFlags(reasons, query.text('reasonFilter'), 'reasonFilter');
  const branch = query.text('branchName');
  const tags = query.text('tagFilters')?.toLowerCase().split(',');
  const isOfRepository = repositoryFilter(query);
  const found = builds.filter(
    (build) =>
      (ids?.has(build.id) ?? true) &&
      (definitions?.has(build.definition.id) ?? true) &&
      (number === undefined || isNumber(build.buildNumber, number)) &&
      (status === undefined || (statuses[build.status] & status) !== 0) &&
      (result === undefined || (build.result !== undefined && (results[build.result] & result) !== 0)) &&
      (reason === undefined || (reasons[build.reason] & reason) !== 0) &&
      (branch === undefined || build.sourceBranch === branch) &&
      (tags === undefined || tags.every((tag) => build.tags.some((own) => own.toLowerCase() === tag))) &&
      isOfRepository(build),
  );
  return sort(
    found,
    readEnum(orders, query.text('queryOrder'), 'queryOrder', BuildQueryOrder.QueueTimeDescending),
  ).filter(withinTime(query));
}

/** A star at the end finds every number that begins so. */
function isNumber(number: string, wanted: string): boolean {
  const own = number.toLowerCase();
  const text = wanted.toLowerCase();
  return text.endsWith('*') ? own.startsWith(text.slice(0, -1)) : own === text;
}

/** The service wants the type beside the id, because ids are of different kinds. */
function repositoryFilter(query: Query): (build: Build) => boolean {
  const id = query.text('repositoryId')?.toLowerCase();
  const type = query.text('repositoryType')?.toLowerCase();
  if (id !== undefined && type === undefined) {
    throw invalidArgument('A repositoryId needs its repositoryType.', 'repositoryType');
  }
  return ({ repository }) =>
    (id === undefined || repository.id.toLowerCase() === id) &&
    (type === undefined || repository.type.toLowerCase() === type);
}

function sort(builds: readonly Build[], order: BuildQueryOrder): Build[] {
  const isAscending = [orders.finishTimeAscending, orders.queueTimeAscending, orders.startTimeAscending].includes(
    order,
  );
  const timeOf = timeBy(order);
  // Of the same moment the one with the higher id is the later.
  const ascending = builds.toSorted((a, b) => timeOf(a) - timeOf(b) || a.id - b.id);
  return isAscending ? ascending : ascending.toReversed();
}

function timeBy(order: BuildQueryOrder): (build: Build) => number {
  if (order === orders.queueTimeAscending || order === orders.queueTimeDescending) {
    return ({ queueTime }) => queueTime.getTime();
  }
  const isFinish = order === orders.finishTimeAscending || order === orders.finishTimeDescending;
  return ({ finishTime, startTime }) => (isFinish ? finishTime : startTime)?.getTime() ?? 0;
}

/** The times of the query are those that it sorts by. */
function withinTime(query: Query): (build: Build) => boolean {
  const order = readEnum(orders, query.text('queryOrder'), 'queryOrder', BuildQueryOrder.QueueTimeDescending);
  const from = Date.parse(query.text('minTime') ?? '1970-01-01');
  const to = Date.parse(query.text('maxTime') ?? '9999-12-31');
  const timeOf = timeBy(order);
  return (build) => timeOf(build) >= from && timeOf(build) <= to;
}

function numbers(query: Query, name: string): Set<number> | undefined {
  const text = query.text(name);
  if (text === undefined) return undefined;
  if (!/^\d+(,\d+)*$/.test(text)) throw invalidArgument(`The value '${text}' is not a list of numbers.`, name);
  return new Set(text.split(',').map(Number));
}

/** Names with commas between them, or the sum of their numbers. */
function readFlags(
  names: Readonly<Record<string, number>>,
  text: string | undefined,
  parameter: string,
): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  return text
    .split(',')
    .map((name) => readEnum(names, name.trim(), parameter))
    .reduce((sum, flag) => sum | flag, 0);
}
