import type { Build } from '../../builds/build.ts';
import { buildUrls } from '../../builds/describe.ts';
import { identityRef } from '../../server/identity.ts';

const statuses = {
  succeeded: 'succeeded',
  partiallySucceeded: 'partiallySucceeded',
  failed: 'failed',
  canceled: 'stopped',
} as const;

/** A build in the shape of the old XAML builds, which version 1.0 of the event has. */
export function buildOfVersion1(base: string, build: Build): object {
  const { id, buildNumber, startTime, finishTime, reason, definition, result = 'failed' } = build;
  const urls = buildUrls(base, build);
  return {
    uri: `vstfs:///Build/Build/${id}`,
    id,
    buildNumber,
    url: urls.api,
    startTime,
    finishTime,
    reason,
    status: statuses[result],
    definition: {
      ...definition,
      url: `${urls.definitions}/${definition.id}`,
      triggerType: 'none',
      batchSize: 1,
      definitionType: 'xaml',
    },
    requests: [{ id, url: urls.web, requestedFor: identityRef(base) }],
    sourceGetVersion: `LG:${build.sourceBranch}:${build.sourceVersion}`,
    hasDiagnostics: false,
    retainIndefinitely: false,
  };
}
