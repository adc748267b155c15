import { blobs } from './git/blobs.ts';
import { builds } from './builds/builds.ts';
import { buildChanges } from './builds/changes.ts';
import { buildTags } from './builds/tags.ts';
import { commitChanges, commits } from './git/commits.ts';
import { diffs } from './git/diffs.ts';
import { items } from './git/items.ts';
import { mergeBasesResource } from './git/merge-bases.ts';
import { pushes } from './git/pushes.ts';
import { refs } from './git/refs.ts';
import { repositories } from './git/repositories.ts';
import { notifications, testNotifications } from './hooks/notifications.ts';
import { subscriptions } from './hooks/subscriptions.ts';
import { identities } from './location/identities.ts';
import { connectionData } from './location/connection-data.ts';
import { projects } from './location/projects.ts';
import { resourceAreas } from './location/resource-areas.ts';
import { pullRequests, pullRequestSearch, pullRequestsOfProject } from './pull-requests/pull-requests.ts';
import { policyConfigurations } from './pull-requests/policy-configurations.ts';
import { iterationStatuses, pullRequestStatuses } from './pull-requests/statuses.ts';
import { pullRequestReviewers } from './pull-requests/reviewers.ts';
import { pullRequestQuery } from './pull-requests/search.ts';
import { permissions } from './security/permissions.ts';
import { commitStatuses } from './statuses/commit-statuses.ts';
import { planEvents } from './tasks/events.ts';
import { feed } from './tasks/feed.ts';
import { logs } from './tasks/logs.ts';
import { plans } from './tasks/plans.ts';
import { timelineRecords } from './tasks/records.ts';
import type { Resource } from './server/resource.ts';

/** Everything that is served under `_apis`. */
export const resources: readonly Resource[] = [
  connectionData,
  resourceAreas,
  projects,
  permissions,
  policyConfigurations,
  repositories,
  refs,
  items,
  blobs,
  pushes,
  commits,
  commitChanges,
  diffs,
  mergeBasesResource,
  pullRequests,
  pullRequestsOfProject,
  pullRequestSearch,
  pullRequestReviewers,
  pullRequestQuery,
  pullRequestStatuses,
  iterationStatuses,
  commitStatuses,
  builds,
  buildChanges,
  buildTags,
  plans,
  planEvents,
  feed,
  logs,
  timelineRecords,
  subscriptions,
  notifications,
  testNotifications,
  identities,
];
