import { signInPage, signInPath, unauthorizedReply } from '../server/authentication.ts';
import { errorReply, html } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { ServiceError } from '../server/service-error.ts';
import type { FaultAction } from './fault.ts';

/** The headers by which the service asks to go slower ("Rate and usage limits"). */
export function rateLimitHeaders(retryAfterSeconds: number, isBlocked: boolean, now: Date): Record<string, string> {
  return {
    'retry-after': String(retryAfterSeconds),
    'x-ratelimit-resource': 'AzureDevOps/Resource',
    'x-ratelimit-delay': isBlocked ? '0.000' : '1.234',
    'x-ratelimit-limit': '200',
    'x-ratelimit-remaining': isBlocked ? '0' : '5',
    'x-ratelimit-reset': String(Math.floor(now.getTime() / 1000) + retryAfterSeconds),
  };
}

/**
 * The answer of a fault instead of the resource; `undefined` where the resource answers after all.
 * @param area of the resource; the Git service has errors of its own
 */
export function faultReply(action: FaultAction, now: Date, area: string | undefined): Reply | undefined {
  const isGit = area === undefined || area === 'git';
  switch (action.kind) {
    case 'latency':
    case 'delayed':
    case 'drop':
    case 'branch-vanishes':
      return undefined;
    case 'throttled': {
      const message =
        'TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource ' +
        '<AzureDevOps/Resource> in namespace <User>.';
      const reply = errorReply(new ServiceError('RequestFilterException', message));
      return { ...reply, headers: rateLimitHeaders(action.retryAfterSeconds, true, now) };
    }
    case 'unavailable':
      if (!isGit) return html(503, 'Service Unavailable');
      return errorReply(
        new ServiceError('GitServiceUnavailableException', 'TF401036: The Git service is unavailable.'),
      );
    case 'sign-in-page':
      return signInPage();
    case 'sign-in-redirect':
      return { status: 302, headers: { location: signInPath } };
    case 'expired-token':
      return unauthorizedReply();
    case 'rejected-by-policy': {
      const message =
        'TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.';
      return errorReply(new ServiceError('GitRefUpdateRejectedByPolicyException', message));
    }
    case 'permission-denied': {
      if (!isGit) {
        const denied = 'Access denied. tagrelay (local) needs another permission to perform the action.';
        return errorReply(new ServiceError('AccessDeniedException', denied));
      }
      const message = "TF401027: You need the Git 'GenericContribute' permission to perform this action.";
      return errorReply(new ServiceError('GitNeedsPermissionException', message));
    }
    case 'secret-found': {
      const message = 'VS403654: The push was rejected because it contains one or more secrets.';
      return errorReply(new ServiceError('GitRefUpdateRejectedByPluginException', message, action.status));
    }
    case 'error':
      break;
  }
  return errorReply(
    new ServiceError(action.typeKey, action.message ?? `A fault that was asked for: ${action.typeKey}`),
  );
}
