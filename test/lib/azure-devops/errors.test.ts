import { expect, test } from 'vitest';
import { failureOf } from '../../../src/lib/azure-devops/errors.ts';

const json = { 'content-type': 'application/json; charset=utf-8' };
const error = (typeKey: string, message = 'TF400000: text in any language') =>
  JSON.stringify({ $id: '1', message, typeKey, errorCode: 0 });

test.each([
  [409, error('GitReferenceStaleException'), 'branch-moved', 'retryable'],
  [403, error('GitRefUpdateRejectedByPolicyException'), 'push-rejected-by-policy', 'permanent'],
  [403, error('GitNeedsPermissionException'), 'permission-denied', 'permanent'],
  [403, error('GitRefLockedException'), 'branch-locked', 'retryable'],
  [403, 'nothing to read', 'permission-denied', 'permanent'],
  [403, error('GitPushRejectedException', 'VS403654: blocked'), 'push-blocked-by-secret-scanning', 'permanent'],
  [
    400,
    error('InvalidArgumentValueException', 'The maximum request size of 26214400 bytes was exceeded.'),
    'request-too-large',
    'permanent',
  ],
  [400, error('InvalidArgumentValueException'), 'push-refused', 'permanent'],
  [404, error('GitRepositoryNotFoundException'), 'repository-not-found', 'permanent'],
  [404, error('GitItemNotFoundException'), 'file-not-found', 'permanent'],
  [401, error('UnauthorizedRequestException'), 'sign-in-failed', 'retryable'],
  [203, '<html>Sign In</html>', 'sign-in-failed', 'retryable'],
  [302, '', 'sign-in-failed', 'retryable'],
  [429, error('RequestFilterException'), 'throttled', 'retryable'],
  [503, error('GitServiceUnavailableException'), 'service-unavailable', 'retryable'],
  [502, '<html>Bad Gateway</html>', 'service-unavailable', 'retryable'],
  [418, '', 'answer-not-understood', 'retryable'],
])('%i %s is %s', (status, body, code, kind) => {
  const failure = failureOf({
    method: 'POST',
    path: '/contoso/_apis/git',
    status,
    headers: new Headers(json),
    body,
    at: new Date(),
  });
  expect(failure).toMatchObject({ code, kind });
});

test('Retry-After is kept', () => {
  const failure = failureOf({
    method: 'GET',
    path: '/',
    status: 429,
    headers: new Headers({ ...json, 'retry-after': '30' }),
    body: '',
    at: new Date(),
  });
  expect(failure.retryAfterSeconds).toBe(30);
});
