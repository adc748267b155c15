targetScope = 'subscription'

import { clusterConnection, registryConnection } from 'types.bicep'

metadata description = 'What the app needs in resource groups that are not its own: its role on each registry, the pushes of each registry through Event Grid, and Argo CD on clusters. azd down deletes every resource group that an azd deployment wrote to, so this is deployed beside azd.'

@description('Resource group of the app.')
param appResourceGroup string

@description('Name of the storage account of the app.')
param storageName string

@description('Object id of the identity of the app.')
param principalId string

@description('Tags on every resource.')
param tags object = {}

@description('The registries whose pushes are followed.')
param registries registryConnection[] = []

@description('Where the app answers, for Argo CD. Used with clusters.')
param appUrl string = ''

@description('The clusters that get the Argo CD extension.')
param clusters clusterConnection[] = []

module access 'modules/registry-access.bicep' = [
  for registry in registries: {
    name: 'tagrelay-access-${uniqueString(registry.resourceId)}'
    scope: resourceGroup(split(registry.resourceId, '/')[2], split(registry.resourceId, '/')[4])
    params: {
      registryName: last(split(registry.resourceId, '/'))
      principalId: principalId
      permissions: registry.permissions
    }
  }
]

// Beside its registry, which it is part of.
module newTopic 'modules/system-topic.bicep' = [
  for (registry, index) in registries: if (registry.eventGrid && registry.?systemTopicId == null) {
    name: 'tagrelay-topic-${uniqueString(registry.resourceId)}'
    scope: resourceGroup(split(registry.resourceId, '/')[2], split(registry.resourceId, '/')[4])
    params: {
      registryName: last(split(registry.resourceId, '/'))
      location: access[index].outputs.location
      tags: tags
    }
  }
]

module namedTopic 'modules/system-topic-identity.bicep' = [
  for registry in registries: if (registry.eventGrid && registry.?systemTopicId != null) {
    name: 'tagrelay-topic-identity-${uniqueString(registry.resourceId)}'
    scope: resourceGroup(
      split(registry.?systemTopicId ?? registry.resourceId, '/')[2],
      split(registry.?systemTopicId ?? registry.resourceId, '/')[4]
    )
    params: {
      name: last(split(registry.?systemTopicId ?? registry.resourceId, '/'))
    }
  }
]

module sender 'modules/queue-sender.bicep' = [
  for (registry, index) in registries: if (registry.eventGrid) {
    name: 'tagrelay-sender-${uniqueString(registry.resourceId)}'
    scope: resourceGroup(appResourceGroup)
    params: {
      storageName: storageName
      registryId: registry.resourceId
      principalId: registry.?systemTopicId == null
        ? newTopic[index]!.outputs.principalId
        : namedTopic[index]!.outputs.principalId
    }
  }
]

module subscription 'modules/event-subscription.bicep' = [
  for (registry, index) in registries: if (registry.eventGrid) {
    name: 'tagrelay-events-${uniqueString(registry.resourceId)}'
    scope: resourceGroup(
      split(registry.?systemTopicId ?? registry.resourceId, '/')[2],
      split(registry.?systemTopicId ?? registry.resourceId, '/')[4]
    )
    params: {
      systemTopicName: registry.?systemTopicId == null
        ? 'evgt-${last(split(registry.resourceId, '/'))}'
        : last(split(registry.?systemTopicId ?? '', '/'))
      storageId: sender[index]!.outputs.storageId
      queueName: sender[index]!.outputs.queueName
    }
  }
]

module argocd 'modules/argocd-extension.bicep' = [
  for cluster in clusters: {
    name: 'tagrelay-argocd-${uniqueString(cluster.resourceId)}'
    scope: resourceGroup(split(cluster.resourceId, '/')[2], split(cluster.resourceId, '/')[4])
    params: {
      clusterName: last(split(cluster.resourceId, '/'))
      isConnected: contains(toLower(cluster.resourceId), '/connectedclusters/')
      releaseTrain: cluster.releaseTrain
      configuration: cluster.configuration
      appUrl: appUrl
    }
  }
]
