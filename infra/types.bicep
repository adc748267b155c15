metadata description = 'Types of parameters.'

@export()
@description('Who has to sign in with Microsoft Entra ID, on top of the function keys.')
type authenticationOptions = {
  @description('Application (client) id of the app registration that callers ask a token for.')
  clientId: string

  @description('Tenant of the callers.')
  tenantId: string

  @description('Client ids of the applications that may call.')
  allowedApplications: string[]

  @description('Paths that need no token, because their caller has none: /api/health, /api/webhooks/acr.')
  excludedPaths: string[]
}

@export()
@description('A container registry whose pushes are followed.')
type registryConnection = {
  @description('Resource id of the registry; it may be in another resource group or subscription.')
  resourceId: string

  @description('How the registry decides on access, `roleAssignmentMode` of `az acr show`: abac where that is AbacRepositoryPermissions.')
  permissions: 'rbac' | 'abac'

  @description('Whether Event Grid delivers its pushes to the queue of the app. False where an ACR webhook calls the app instead.')
  eventGrid: bool

  @description('Resource id of the Event Grid system topic that the registry already has, with a system-assigned identity: a registry can have one only.')
  systemTopicId: string?
}
