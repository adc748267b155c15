metadata description = 'Lets a system topic put messages into the queue `work`, and do nothing else. It goes into the resource group of the app.'

@description('Name of the storage account of the app.')
param storageName string

@description('Resource id of the registry that the topic belongs to.')
param registryId string

@description('Object id of the identity of the topic.')
param principalId string

var sender = loadJsonContent('../roles.json')['Storage Queue Data Message Sender']

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = {
      name: 'work'
    }
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::queueService::queue
  name: guid(storage::queueService::queue.id, registryId, sender)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', sender)
  }
}

@description('Resource id of the storage account.')
output storageId string = storage.id

@description('Name of the queue.')
output queueName string = storage::queueService::queue.name
