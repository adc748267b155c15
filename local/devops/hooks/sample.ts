import type { EventType, HookEvent } from './event.ts';

const zeroGuid = '00000000-0000-0000-0000-000000000000';
const base = 'https://dev.azure.com/tailspin';
const sampleProject = {
  id: zeroGuid,
  name: 'Tailspin',
  url: `${base}/_apis/projects/${zeroGuid}`,
  state: 'wellFormed',
};
const sampleRepository = {
  id: zeroGuid,
  name: 'Tailspin-Web',
  url: `${base}/_apis/git/repositories/${zeroGuid}`,
  project: sampleProject,
  defaultBranch: 'refs/heads/main',
  remoteUrl: `${base}/Tailspin/_git/Tailspin-Web`,
};
const sampleRun = {
  pipeline: { id: 1, name: 'Tailspin-CI' },
  state: 'completed',
  result: 'succeeded',
  createdDate: '2024-07-17T21:34:22.338Z',
  finishedDate: '2024-07-17T21:45:22.338Z',
  // As the service's own samples, without an id.
  url: `${base}/${zeroGuid}/_apis/pipelines/1/runs/11`,
};
const samplePullRequest = {
  repository: sampleRepository,
  pullRequestId: 1,
  status: 'completed',
  creationDate: '2024-07-17T16:55:46.589Z',
  closedDate: '2024-07-18T18:59:12.354Z',
  title: 'A sample',
  description: ' - test\r\n',
  sourceRefName: 'refs/heads/topic',
  targetRefName: 'refs/heads/main',
  mergeStatus: 'succeeded',
  mergeId: zeroGuid,
  lastMergeSourceCommit: { commitId: '0'.repeat(40) },
  lastMergeTargetCommit: { commitId: '0'.repeat(40) },
  lastMergeCommit: { commitId: '0'.repeat(40) },
  reviewers: [],
  url: `${sampleRepository.url}/pullRequests/1`,
};

const resources: Readonly<Record<EventType, Readonly<Record<string, unknown>>>> = {
  'build.complete': {
    id: 2,
    buildNumber: '20240717.2',
    status: 'completed',
    result: 'succeeded',
    url: `${base}/_apis/build/Builds/2`,
    definition: { id: 1, name: 'Tailspin-CI' },
    project: sampleProject,
  },
  'ms.vss-pipelines.run-state-changed-event': { run: sampleRun },
  'ms.vss-pipelines.stage-state-changed-event': {
    stage: { name: 'build', displayName: 'Build', state: 'completed', result: 'succeeded' },
    run: sampleRun,
  },
  'git.push': {
    commits: [],
    refUpdates: [{ name: 'refs/heads/main', oldObjectId: '0'.repeat(40), newObjectId: '0'.repeat(40) }],
    repository: sampleRepository,
    pushId: 14,
    date: '2024-07-17T19:17:13.330Z',
    url: `${sampleRepository.url}/pushes/14`,
  },
  'git.pullrequest.created': { ...samplePullRequest, status: 'active' },
  'git.pullrequest.updated': samplePullRequest,
  'git.pullrequest.merged': samplePullRequest,
};

/** The body of the button "Test": values that the organization does not have. */
export function sampleEvent(organization: string, eventType: EventType): HookEvent {
  const text = `A sample of ${eventType}`;
  const resource = resources[eventType];
  return {
    organization,
    projectId: zeroGuid,
    eventType,
    filters: {},
    text,
    detailedText: text,
    resource: () => resource,
    minimal: ['id', 'url', 'pushId', 'pullRequestId'],
  };
}
