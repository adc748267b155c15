import { expect, test } from 'vitest';
import { parseGateRequest } from '../../../src/lib/intake/gate-request.ts';

const headers = {
  'content-type': 'application/json',
  planurl: 'https://dev.azure.com/fabrikam/',
  projectid: '0B2C7A51-6C0E-4F54-9B0A-2D3E4F5A6B7C',
  hubname: 'build',
  planid: '7f1d5c3e-1111-4222-8333-444455556666',
  jobid: '12f1170f-54f2-53f3-20dd-22fc7dff0001',
  timelineid: '7f1d5c3e-1111-4222-8333-444455556666',
  taskinstanceid: 'aa11bb22-1f6a-5c1f-9d3a-3f0c6a0f0002',
  authtoken: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.c2ln',
};

function fields(head: Readonly<Record<string, string>>, body: unknown): string[] {
  const parsed = parseGateRequest(head, body);
  return parsed.kind === 'malformed' ? parsed.problems.map(({ field }) => field) : [];
}

test('the task comes from the headers, the question from the body', () => {
  const asked = parseGateRequest(headers, { environment: 'dev', route: 'shop/*', tag: 'v7', requireImage: true });
  expect(asked).toEqual({
    kind: 'gate-request',
    task: {
      planUrl: 'https://dev.azure.com/fabrikam/',
      projectId: '0b2c7a51-6c0e-4f54-9b0a-2d3e4f5a6b7c',
      hubName: 'build',
      planId: headers.planid,
      jobId: headers.jobid,
      timelineId: headers.timelineid,
      taskInstanceId: headers.taskinstanceid,
    },
    token: headers.authtoken,
    question: {
      environment: 'dev',
      routes: ['shop/*'],
      selector: { kind: 'tag', tag: 'v7' },
      onSuperseded: 'follow',
      requireImage: true,
    },
  });
});

test('without a selector in the body the build of the header BuildId is meant', () => {
  const ownBuild = { ...headers, buildid: '4711' };
  expect(parseGateRequest(ownBuild, { environment: 'dev' })).toMatchObject({
    question: { selector: { kind: 'build', build: 4711 } },
  });
  expect(parseGateRequest(ownBuild, { environment: 'dev', buildId: '12' })).toMatchObject({
    question: { selector: { kind: 'build', build: 12 } },
  });
  expect(parseGateRequest(ownBuild, { environment: 'dev', commit: 'AB'.repeat(20) })).toMatchObject({
    question: { selector: { kind: 'commit', commit: 'ab'.repeat(20) } },
  });
});

test.each([
  ['no selector at all', headers, { environment: 'dev' }, ['buildId']],
  ['a tag without route', headers, { environment: 'dev', tag: 'v7' }, ['route']],
  ['two selectors', headers, { environment: 'dev', tag: 'v7', buildId: 1, route: 'a' }, ['buildId, tag']],
  ['no environment', headers, { buildId: 1 }, ['environment']],
  ['an unknown field', headers, { environment: 'dev', buildId: 1, onsuperseded: 'fail' }, ['(body)']],
  ['a word that is none', headers, { environment: 'dev', buildId: 1, onSuperseded: 'ignore' }, ['onSuperseded']],
  ['a tag that is none', headers, { environment: 'dev', route: 'a', tag: 'v7 and more' }, ['tag']],
  ['no body', headers, 'hello', ['(body)']],
  [
    'headers that were edited away',
    { ...headers, authtoken: '' },
    { environment: 'dev', buildId: 1 },
    ['header authtoken'],
  ],
  ['a plan that is no GUID', { ...headers, planid: '../../x' }, { environment: 'dev', buildId: 1 }, ['header planid']],
  ['a hub with a path', { ...headers, hubname: 'build/../x' }, { environment: 'dev', buildId: 1 }, ['header hubname']],
  [
    'a collection that is no URL',
    { ...headers, planurl: 'dev.azure.com' },
    { environment: 'dev', buildId: 1 },
    ['header planurl'],
  ],
])('refused, with the fields: %s', (_what, head, body, expected) => {
  expect(fields(head, body)).toEqual(expected);
});

test('every header that is missing is named at once', () => {
  expect(fields({}, { environment: 'dev', buildId: 1 })).toEqual([
    'header planurl',
    'header projectid',
    'header hubname',
    'header planid',
    'header jobid',
    'header timelineid',
    'header taskinstanceid',
    'header authtoken',
  ]);
});
