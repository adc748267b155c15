import { jsonBody } from './allowed-request.ts';
import type { AllowedRequest } from './allowed-request.ts';

const subscription = jsonBody(
  'publisherId',
  'eventType',
  'resourceVersion',
  'consumerId',
  'consumerActionId',
  'status?',
  'publisherInputs.projectId',
  'publisherInputs.*?',
  'consumerInputs.url',
  // The app needs its key; the receiver of Argo CD takes a user and a password, or neither.
  'consumerInputs.httpHeaders?',
  'consumerInputs.basicAuthUsername?',
  'consumerInputs.basicAuthPassword?',
  'consumerInputs.resourceDetailsToSend',
  'consumerInputs.messagesToSend',
  'consumerInputs.detailedMessagesToSend',
);
const subscriptions = '/_apis/hooks/subscriptions';

/** What the command line asks and sets up: service hooks (3.2), who signs in, and what that identity may do. */
export const hookRequests: readonly AllowedRequest[] = [
  {
    name: 'subscriptions',
    method: 'GET',
    path: subscriptions,
    versions: ['5.0'],
    query: ['consumerId?', 'publisherId?', 'eventType?'],
  },
  { name: 'subscribe', method: 'POST', path: subscriptions, versions: ['5.0'], body: subscription },
  {
    name: 'replace a subscription',
    method: 'PUT',
    path: `${subscriptions}/{subscription}`,
    versions: ['5.0'],
    body: subscription,
  },
  { name: 'project', method: 'GET', path: '/_apis/projects/{project}', versions: ['5.0'] },
  {
    name: 'policies of a branch',
    method: 'GET',
    path: '/{project}/_apis/git/policy/configurations',
    versions: ['5.0-preview.1'],
    query: ['repositoryId', 'refName'],
  },
  {
    name: 'permissions',
    method: 'GET',
    path: '/_apis/permissions/{namespace}/{bits}',
    versions: ['5.0'],
    query: ['tokens', 'alwaysAllowAdministrators?', 'delimiter?'],
  },
];
