import { jsonBody } from './allowed-request.ts';
import type { AllowedRequest } from './allowed-request.ts';

const build = '/{project}/_apis/build/builds/{build}';

/** Builds and their tags (4.9, 4.11). */
export const buildRequests: readonly AllowedRequest[] = [
  { name: 'build', method: 'GET', path: build, versions: ['7.1', '7.2-preview.7'] },
  {
    name: 'find builds',
    method: 'GET',
    path: '/{project}/_apis/build/builds',
    versions: ['7.1', '7.2-preview.7'],
    query: [
      'buildNumber?',
      'definitions?',
      'statusFilter?',
      'resultFilter?',
      'reasonFilter?',
      'branchName?',
      'repositoryId?',
      'repositoryType?',
      'buildIds?',
      'queryOrder?',
      'minTime?',
      'maxTime?',
      '$top?',
      'continuationToken?',
    ],
  },
  {
    name: 'changes between builds',
    method: 'GET',
    path: '/{project}/_apis/build/changes',
    versions: ['7.2-preview.2'],
    query: ['fromBuildId', 'toBuildId', '$top?'],
  },
  { name: 'tags of a build', method: 'GET', path: `${build}/tags`, versions: ['7.1', '7.2-preview.3'] },
  { name: 'add a tag', method: 'PUT', path: `${build}/tags/{tag}`, versions: ['7.1', '7.2-preview.3'] },
  {
    name: 'add tags',
    method: 'POST',
    path: `${build}/tags`,
    versions: ['7.1', '7.2-preview.3'],
    body: jsonBody('[]'),
  },
  { name: 'remove a tag', method: 'DELETE', path: `${build}/tags/{tag}`, versions: ['7.1', '7.2-preview.3'] },
];
