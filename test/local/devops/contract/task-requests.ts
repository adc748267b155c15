import { jsonBody } from './allowed-request.ts';
import type { AllowedRequest } from './allowed-request.ts';

const plan = '/{project}/_apis/distributedtask/hubs/{hub}/plans/{plan}';
const records = `${plan}/timelines/{timeline}/records`;

/** What a gate says to the task that waits for it (5.3). */
export const taskRequests: readonly AllowedRequest[] = [
  { name: 'plan', method: 'GET', path: plan, versions: ['7.1', '7.2-preview.2'] },
  {
    name: 'complete a task',
    method: 'POST',
    path: `${plan}/events`,
    versions: ['2.0-preview.1'],
    body: jsonBody('name', 'taskId', 'jobId', 'result'),
  },
  {
    name: 'show lines',
    method: 'POST',
    path: `${records}/{record}/feed`,
    versions: ['4.1', '6.0', '7.1', '7.2-preview.1'],
    body: jsonBody('value[]', 'count', 'startLine?', 'endLine?', 'stepId?'),
  },
  {
    name: 'create a log',
    method: 'POST',
    path: `${plan}/logs`,
    versions: ['6.0', '7.1', '7.2-preview.1'],
    body: jsonBody('path', 'id?', 'createdOn?', 'lastChangedOn?', 'location?', 'indexLocation?', 'lineCount?'),
  },
  {
    name: 'append to a log',
    method: 'POST',
    path: `${plan}/logs/{log}`,
    versions: ['6.0', '7.1', '7.2-preview.1'],
    body: { contentType: 'application/octet-stream' },
  },
  {
    name: 'change records',
    method: 'PATCH',
    path: records,
    versions: ['6.0', '7.1', '7.2-preview.2'],
    body: jsonBody(
      'value[].id',
      'value[].log.id?',
      'value[].log.path?',
      'value[].currentOperation?',
      'value[].percentComplete?',
      'value[].variables.*?',
      'count',
    ),
  },
  { name: 'records', method: 'GET', path: records, versions: ['6.0', '7.1', '7.2-preview.2'] },
];
