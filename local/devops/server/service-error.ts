const gitServer = 'Microsoft.TeamFoundation.Git.Server';
const framework = 'Microsoft.TeamFoundation.Framework.Server';
const webServer = 'Microsoft.TeamFoundation.SourceControl.WebServer';
const build = 'Microsoft.TeamFoundation.Build.WebApi';
const core = 'Microsoft.TeamFoundation.Core.WebApi';
const hooks = 'Microsoft.VisualStudio.Services.ServiceHooks.WebApi';
const orchestration = 'Microsoft.VisualStudio.Services.Orchestration';
const taskWebApi = 'Microsoft.TeamFoundation.DistributedTask.WebApi';
const webApi = 'Microsoft.VisualStudio.Services.WebApi';

/** Every error of the service: its HTTP status and the namespace of its type. Clients read status and key. */
const errorTypes = {
  AccessDeniedException: [403, framework],
  ArgumentNullException: [400, 'System'],
  BuildNotFoundException: [404, build],
  GitCommitDoesNotExistException: [404, gitServer],
  GitForcePushDeniedException: [403, gitServer],
  GitItemNotFoundException: [404, gitServer],
  GitNeedsPermissionException: [403, gitServer],
  GitObjectDoesNotExistException: [404, gitServer],
  GitObjectRejectedException: [400, gitServer],
  GitPullRequestExistsException: [409, gitServer],
  GitPullRequestInvalidReviewer: [400, gitServer],
  GitPullRequestNotEditableException: [403, gitServer],
  GitPullRequestNotFoundException: [404, gitServer],
  GitPullRequestStaleException: [409, gitServer],
  GitPullRequestStatusNotFoundException: [404, gitServer],
  GitPullRequestUpdateRejectedByPolicyException: [403, gitServer],
  GitPushNotFoundException: [404, gitServer],
  GitReferenceStaleException: [409, gitServer],
  GitRefLockedException: [403, gitServer],
  GitRefNameAlreadyExistsException: [409, gitServer],
  GitRefNameConflictException: [400, gitServer],
  GitRefUpdateRejectedByPluginException: [400, gitServer],
  GitRefUpdateRejectedByPolicyException: [403, gitServer],
  GitRepositoryNotFoundException: [404, gitServer],
  GitServiceUnavailableException: [503, gitServer],
  GitUnresolvableToCommitException: [404, gitServer],
  HttpException: [404, 'System.Web'],
  InvalidArgumentValueException: [400, webServer],
  InvalidGitRefNameException: [400, gitServer],
  NotificationNotFoundException: [404, hooks],
  OrchestrationSessionNotFoundException: [500, orchestration],
  ProjectDoesNotExistWithNameException: [404, core],
  RequestFilterException: [429, framework],
  SubscriptionNotFoundException: [404, hooks],
  TaskLogNotFoundException: [404, taskWebApi],
  TaskOrchestrationPlanNotFoundException: [404, taskWebApi],
  TaskOrchestrationPlanTerminatedException: [500, taskWebApi],
  TimelineNotFoundException: [404, taskWebApi],
  TimelineRecordNotFoundException: [404, taskWebApi],
  UnauthorizedRequestException: [401, framework],
  VssInvalidPreviewVersionException: [400, webApi],
  VssRequestContentTypeNotSupportedException: [415, webApi],
  VssVersionNotSpecifiedException: [400, webApi],
  VssVersionOutOfRangeException: [400, webApi],
} as const satisfies Record<string, readonly [status: number, namespace: string]>;

export type TypeKey = keyof typeof errorTypes;

/** The body of an error, as the service writes it. */
export interface ErrorBody {
  readonly $id: string;
  readonly innerException: null;
  readonly message: string;
  readonly typeName: string;
  readonly typeKey: string;
  readonly errorCode: number;
  readonly eventId: number;
}

/** An error that is answered to the client; anything else that is thrown is a fault of the emulator. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly typeKey: TypeKey;
  readonly status: number;

  /** @param status where the service answers one type with several */
  constructor(typeKey: TypeKey, message: string, status: number = errorTypes[typeKey][0]) {
    super(message);
    this.typeKey = typeKey;
    this.status = status;
  }

  get body(): ErrorBody {
    const namespace = errorTypes[this.typeKey][1];
    return {
      $id: '1',
      innerException: null,
      message: this.message,
      typeName: `${namespace}.${this.typeKey}, ${namespace}`,
      typeKey: this.typeKey,
      errorCode: 0,
      eventId: namespace === webServer ? 0 : 3000,
    };
  }
}

/** 400: a value in the request is not what the service takes. */
export function invalidArgument(message: string, parameter: string): ServiceError {
  return new ServiceError('InvalidArgumentValueException', `${message}\r\nParameter name: ${parameter}`);
}
