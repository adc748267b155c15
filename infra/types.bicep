metadata description = 'Types of parameters.'

@export()
@description('Sign-in with Microsoft Entra ID. App roles of the app registration, reader and admin, permit callers to read and to change.')
type authenticationOptions = {
  @description('Application (client) id of the app registration that callers ask a token for.')
  clientId: string

  @description('Tenant of the callers.')
  tenantId: string

  @description('Client ids of the applications that may call, besides the app registration itself.')
  allowedApplications: string[]

  @description('Paths that need no token, because their caller has none: /api/health, /api/webhooks/acr. Paths below /api/signed-in are always checked.')
  excludedPaths: string[]

  @description('Whether callers with a function key need no token, so that people sign in on the page and webhooks only have a key. Default: false.')
  keysSuffice: bool?
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

@export()
@description('A cluster that gets the Argo CD extension, notifications to the app included. A new extension only: another configuration of an existing one would be replaced.')
type clusterConnection = {
  @description('Resource id of the cluster: Microsoft.ContainerService/managedClusters or Microsoft.Kubernetes/connectedClusters.')
  resourceId: string

  @description('Release train of the extension: Stable, or preview.')
  releaseTrain: string

  @description('Further configuration of the extension, by key of the community chart, such as redis-ha.enabled. Values are strings.')
  configuration: object
}
