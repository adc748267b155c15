import { jsonBody } from './allowed-request.ts';
import type { AllowedRequest } from './allowed-request.ts';

const repository = '/{project}/_apis/git/repositories/{repository}';
const pullRequest = `${repository}/pullRequests/{pullRequest}`;
const preview = (resourceVersion: number) => ['7.1', `7.2-preview.${resourceVersion}`];
const status = ['state', 'context.name', 'context.genre?', 'description?', 'targetUrl?'];

/** Finding out where things are (4.11, 1), and who we are (4.6). */
const discovery: readonly AllowedRequest[] = [
  { name: 'locations', method: 'OPTIONS', path: '/_apis/{area}', versions: 'none' },
  { name: 'resource areas', method: 'GET', path: '/_apis/ResourceAreas', versions: ['7.2-preview.1'] },
  {
    name: 'connection data',
    method: 'GET',
    path: '/_apis/connectionData',
    versions: [...preview(1), '5.0-preview.1'],
    query: ['connectOptions?'],
  },
  {
    name: 'identities',
    method: 'GET',
    path: '/_apis/identities',
    versions: preview(1),
    query: ['searchFilter', 'filterValue', 'queryMembership?'],
  },
];

/** Reading (4.4). */
const reads: readonly AllowedRequest[] = [
  { name: 'repository', method: 'GET', path: repository, versions: [...preview(2), '5.0'] },
  { name: 'refs', method: 'GET', path: `${repository}/refs`, versions: preview(2), query: ['filter', '$top?'] },
  {
    name: 'item',
    method: 'GET',
    path: `${repository}/items`,
    versions: preview(1),
    query: ['path?', 'scopePath?', 'recursionLevel?', 'versionDescriptor.version', 'versionDescriptor.versionType'],
  },
  {
    name: 'commits',
    method: 'GET',
    path: `${repository}/commits`,
    versions: preview(2),
    query: [
      'searchCriteria.itemVersion.version',
      'searchCriteria.itemVersion.versionType',
      'searchCriteria.itemPath?',
      '$skip?',
      '$top?',
      'searchCriteria.$skip?',
      'searchCriteria.$top?',
    ],
  },
  {
    name: 'commit',
    method: 'GET',
    path: `${repository}/commits/{commit}`,
    versions: preview(2),
    query: ['changeCount?'],
  },
  {
    name: 'merge bases',
    method: 'GET',
    path: `${repository}/commits/{commit}/mergebases`,
    versions: preview(1),
    query: ['otherCommitId'],
  },
  {
    name: 'diff',
    method: 'GET',
    path: `${repository}/diffs/commits`,
    versions: preview(1),
    query: [
      'baseVersion',
      'baseVersionType',
      'targetVersion',
      'targetVersionType',
      'diffCommonCommit?',
      '$top?',
      '$skip?',
    ],
  },
  {
    name: 'push history',
    method: 'GET',
    path: `${repository}/pushes`,
    versions: preview(3),
    query: ['$skip?', '$top?', 'searchCriteria.refName?', 'searchCriteria.includeRefUpdates?'],
  },
];

/** Writing (4.2, 4.5). A push is one commit on one ref; the new id is the service's to find. */
const writes: readonly AllowedRequest[] = [
  {
    name: 'push',
    method: 'POST',
    path: `${repository}/pushes`,
    versions: preview(3),
    body: jsonBody(
      'refUpdates[].name',
      'refUpdates[].oldObjectId',
      'commits[].comment',
      'commits[].author.name?',
      'commits[].author.email?',
      'commits[].author.date?',
      'commits[].changes[].changeType',
      'commits[].changes[].item.path',
      'commits[].changes[].newContent.content',
      'commits[].changes[].newContent.contentType',
    ),
  },
  {
    name: 'update refs',
    method: 'POST',
    path: `${repository}/refs`,
    versions: preview(2),
    body: jsonBody('[].name', '[].oldObjectId', '[].newObjectId'),
  },
];

const completion = ['mergeStrategy?', 'deleteSourceBranch?', 'mergeCommitMessage?', 'transitionWorkItems?'].map(
  (field) => `completionOptions.${field}`,
);

/** Pull requests and their labels and reviewers (4.6). */
const pullRequests: readonly AllowedRequest[] = [
  {
    name: 'find pull requests',
    method: 'GET',
    path: `${repository}/pullRequests`,
    versions: preview(2),
    query: [
      'searchCriteria.status?',
      'searchCriteria.sourceRefName?',
      'searchCriteria.targetRefName?',
      '$skip?',
      '$top?',
    ],
  },
  { name: 'pull request', method: 'GET', path: pullRequest, versions: preview(2) },
  {
    name: 'open a pull request',
    method: 'POST',
    path: `${repository}/pullRequests`,
    versions: preview(2),
    query: ['supportsIterations?'],
    body: jsonBody(
      'sourceRefName',
      'targetRefName',
      'title',
      'description?',
      'isDraft?',
      'reviewers[]?',
      'reviewers[].id?',
      'reviewers[].isRequired?',
      'labels[]?',
      'labels[].name?',
      'workItemRefs[]?',
      'workItemRefs[].id?',
    ),
  },
  {
    name: 'change a pull request',
    method: 'PATCH',
    path: pullRequest,
    versions: preview(2),
    body: jsonBody(
      'status?',
      'title?',
      'description?',
      'isDraft?',
      'autoCompleteSetBy.id?',
      'lastMergeSourceCommit.commitId?',
      ...completion,
    ),
  },
  {
    name: 'pull requests of commits',
    method: 'POST',
    path: `${repository}/pullrequestquery`,
    versions: preview(1),
    body: jsonBody('queries[].type', 'queries[].items[]'),
  },
];

/** What the app says of commits and pull requests (4.7). */
const statuses: readonly AllowedRequest[] = [
  {
    name: 'statuses of a commit',
    method: 'GET',
    path: `${repository}/commits/{commit}/statuses`,
    versions: preview(2),
    query: ['latestOnly?', 'top?', 'skip?'],
  },
  {
    name: 'post a status of a commit',
    method: 'POST',
    path: `${repository}/commits/{commit}/statuses`,
    versions: preview(2),
    body: jsonBody(...status),
  },
  { name: 'statuses of a pull request', method: 'GET', path: `${pullRequest}/statuses`, versions: preview(2) },
  {
    name: 'post a status of a pull request',
    method: 'POST',
    path: `${pullRequest}/statuses`,
    versions: preview(2),
    body: jsonBody(...status, 'iterationId?', 'properties.*?'),
  },
  {
    name: 'post a status of an iteration',
    method: 'POST',
    path: `${pullRequest}/iterations/{iteration}/statuses`,
    versions: preview(2),
    body: jsonBody(...status),
  },
  {
    name: 'remove statuses of a pull request',
    method: 'PATCH',
    path: `${pullRequest}/statuses`,
    versions: preview(2),
    body: { contentType: 'application/json-patch+json', fields: ['[].op', '[].path', '[].from?', '[].value?'] },
  },
];

export const gitRequests: readonly AllowedRequest[] = [...discovery, ...reads, ...writes, ...pullRequests, ...statuses];
