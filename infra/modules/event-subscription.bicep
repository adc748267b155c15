metadata description = 'Sends the pushes of a registry straight to the queue, with the identity of the topic: no key, no cold start, 24 h of retries.'

@description('Name of the system topic of the registry.')
param systemTopicName string

@description('Resource id of the storage account of the app.')
param storageId string

@description('Name of the queue.')
param queueName string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'tagrelay'
  properties: {
    deliveryWithResourceIdentity: {
      identity: {
        // A user-assigned identity is refused where the account has network rules:
        // https://learn.microsoft.com/azure/event-grid/handler-storage-queues
        type: 'SystemAssigned'
      }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: storageId
          queueName: queueName
          queueMessageTimeToLiveInSeconds: -1
        }
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.ContainerRegistry.ImagePushed']
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
  }
}
