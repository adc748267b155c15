import { identityRef } from '../server/identity.ts';
import type { Build } from './build.ts';

/** URLs of a build, by the organization's own. */
export function buildUrls(base: string, { projectId, id }: Pick<Build, 'projectId' | 'id'>) {
  const project = `${base}/${projectId}`;
  return {
    project: `${base}/_apis/projects/${projectId}`,
    api: `${project}/_apis/build/Builds/${id}`,
    web: `${project}/_build/results?buildId=${id}`,
    definitions: `${project}/_apis/build/Definitions`,
    badges: `${project}/_apis/build/status`,
  };
}

/** A build in the form of answers and events. */
export function describeBuild(base: string, build: Build): object {
  const { id, definition, projectId, planId, startTime, finishTime } = build;
  const urls = buildUrls(base, build);
  const project = { id: projectId, name: build.project, url: urls.project, state: 'wellFormed', visibility: 'private' };
  const user = identityRef(base);
  return {
    _links: {
      self: { href: urls.api },
      web: { href: urls.web },
      sourceVersionDisplayUri: { href: `${urls.api}/sources` },
      timeline: { href: `${urls.api}/Timeline` },
      badge: { href: `${urls.badges}/${definition.id}` },
    },
    properties: {},
    tags: build.tags,
    validationResults: [],
    plans: [{ planId }],
    triggerInfo: build.triggerInfo,
    id,
    buildNumber: build.buildNumber,
    status: build.status,
    ...(build.result === undefined ? {} : { result: build.result }),
    queueTime: build.queueTime,
    ...(startTime === undefined ? {} : { startTime }),
    ...(finishTime === undefined ? {} : { finishTime }),
    url: urls.api,
    definition: {
      drafts: [],
      ...definition,
      url: `${urls.definitions}/${definition.id}?revision=1`,
      uri: `vstfs:///Build/Definition/${definition.id}`,
      path: '\\',
      type: 'build',
      queueStatus: 'enabled',
      revision: 1,
      project,
    },
    buildNumberRevision: 1,
    project,
    uri: `vstfs:///Build/Build/${id}`,
    sourceBranch: build.sourceBranch,
    sourceVersion: build.sourceVersion,
    queue: { id: 1, name: 'Azure Pipelines', pool: { id: 1, name: 'Azure Pipelines', isHosted: true } },
    priority: 'normal',
    reason: build.reason,
    requestedFor: user,
    requestedBy: user,
    lastChangedDate: finishTime ?? startTime ?? build.queueTime,
    lastChangedBy: user,
    orchestrationPlan: { planId },
    logs: { id: 0, type: 'Container', url: `${urls.api}/logs` },
    repository: { ...build.repository, clean: null, checkoutSubmodules: false },
    retainedByRelease: false,
    triggeredByBuild: null,
    appendCommitMessageToRunName: true,
  };
}
