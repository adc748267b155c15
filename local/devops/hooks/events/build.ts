import type { Build, Stage } from '../../builds/build.ts';
import { buildUrls, describeBuild } from '../../builds/describe.ts';
import { guidOf } from '../../server/guid.ts';
import { identityRef } from '../../server/identity.ts';
import type { HookEvent } from '../event.ts';
import { buildOfVersion1 } from './build-version-1.ts';

/** The name of a result in `buildStatus` of a subscription. */
const buildStatuses = {
  succeeded: 'Succeeded',
  partiallySucceeded: 'PartiallySucceeded',
  failed: 'Failed',
  canceled: 'Stopped',
} as const;

/** The name of a result for pipelines, which differs from that for builds. */
const runResults = {
  succeeded: 'succeeded',
  partiallySucceeded: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
} as const;

/** A build has ended. */
export function buildComplete(base: string, build: Build): HookEvent {
  const { organization, projectId, definition, buildNumber, result = 'failed' } = build;
  const text = `Build ${buildNumber} ${words(result)}`;
  return {
    organization,
    projectId,
    eventType: 'build.complete',
    filters: { definitionName: [definition.name], buildStatus: [buildStatuses[result]] },
    text,
    detailedText: text,
    resource: (version) => ({ ...(version === '1.0' ? buildOfVersion1(base, build) : describeBuild(base, build)) }),
    minimal: ['id', 'url'],
  };
}

/** A run has begun or ended. */
export function runStateChanged(base: string, build: Build): HookEvent {
  const { organization, projectId, definition, buildNumber, stages } = build;
  const run = describeRun(base, build);
  const state = build.status === 'completed' ? 'Completed' : 'InProgress';
  const text = `Run ${buildNumber} ${build.result === undefined ? 'in progress' : words(runResults[build.result])}.`;
  const user = identityRef(base);
  return {
    organization,
    projectId,
    eventType: 'ms.vss-pipelines.run-state-changed-event',
    filters: {
      pipelineId: [String(definition.id)],
      runStateId: [state],
      ...(build.result === undefined ? {} : { runResultId: [runResults[build.result]] }),
    },
    text,
    detailedText: text,
    resource: () => ({
      projectId,
      run,
      pipeline: run.pipeline,
      stages: stages.map((stage) => describeStage(base, build, stage)),
      requestedBy: user,
      requestedFor: user,
      queue: { id: 1, name: 'Azure Pipelines', pool: { id: 1, name: 'Azure Pipelines', isHosted: true } },
      runId: build.id,
      runUrl: run.url,
      repositories: [],
    }),
    minimal: ['runId', 'runUrl'],
  };
}

/** A stage has moved on. */
export function stageStateChanged(base: string, build: Build, stage: Stage): HookEvent {
  const { organization, projectId, definition, buildNumber } = build;
  const run = describeRun(base, build);
  const text = `Run ${buildNumber} stage ${stage.name} ${words(stage.result ?? stage.state)}.`;
  return {
    organization,
    projectId,
    eventType: 'ms.vss-pipelines.stage-state-changed-event',
    filters: {
      pipelineId: [String(definition.id)],
      stageNameId: [stage.name],
      stageStateId: [stage.state],
      ...(stage.result === undefined ? {} : { stageResultId: [stage.result] }),
    },
    text,
    detailedText: text,
    resource: () => ({
      stage: describeStage(base, build, stage),
      run,
      pipeline: run.pipeline,
      runId: build.id,
      stageName: stage.name,
      runUrl: run.url,
      projectId,
      repositories: [
        {
          alias: 'self',
          id: build.repository.id,
          type: build.repository.type === 'TfsGit' ? 'Git' : build.repository.type,
          change: { version: build.sourceVersion },
          url: build.repository.url,
        },
      ],
    }),
    minimal: ['stageName', 'runId', 'runUrl'],
  };
}

function describeRun(base: string, build: Build) {
  const { id, buildNumber, definition, projectId, repository, result } = build;
  const pipelines = `${base}/${projectId}/_apis/pipelines/${definition.id}`;
  const url = `${pipelines}/runs/${id}`;
  const named =
    repository.type === 'TfsGit'
      ? { id: repository.id, type: 'azureReposGit' }
      : { fullName: repository.name, connection: { id: guidOf('connection', repository.name) }, type: 'gitHub' };
  return {
    _links: {
      self: { href: url },
      ...webLinks(base, build),
      pipeline: { href: `${pipelines}?revision=1` },
    },
    templateParameters: {},
    pipeline: { url: `${pipelines}?revision=1`, id: definition.id, revision: 1, name: definition.name, folder: '\\' },
    state: build.status === 'completed' ? 'completed' : 'inProgress',
    ...(result === undefined ? {} : { result: runResults[result] }),
    createdDate: build.queueTime,
    ...(build.finishTime === undefined ? {} : { finishedDate: build.finishTime }),
    url,
    resources: {
      repositories: { self: { repository: named, refName: build.sourceBranch, version: build.sourceVersion } },
    },
    id,
    name: buildNumber,
  };
}

function describeStage(base: string, build: Build, stage: Stage): object {
  const { startTime, finishTime, ...rest } = stage;
  return {
    _links: webLinks(base, build),
    ...rest,
    attempt: 1,
    startTime: startTime ?? null,
    ...(finishTime === undefined ? {} : { finishTime }),
  };
}

function webLinks(base: string, build: Build): object {
  return {
    web: { href: buildUrls(base, build).web },
    'pipeline.web': { href: `${base}/${build.projectId}/_build/definition?definitionId=${build.definition.id}` },
  };
}

/** `partially succeeded` for `partiallySucceeded`. */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
