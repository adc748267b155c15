metadata description = 'The Event Grid system topic of a registry, with an identity of its own. It goes into the resource group of the registry.'

@description('Name of the registry.')
param registryName string

@description('Region of the registry: a system topic has to be where its source is.')
param location string

@description('Tags.')
param tags object

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${registryName}'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: registry.id
    topicType: 'Microsoft.ContainerRegistry.Registries'
  }
}

@description('Object id of the identity of the topic.')
output principalId string = topic.identity.principalId
