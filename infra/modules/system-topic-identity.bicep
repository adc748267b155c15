metadata description = 'The identity of an Event Grid system topic that is there already.'

@description('Name of the topic.')
param name string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: name
}

@description('Object id of the system-assigned identity of the topic.')
output principalId string = topic.identity.principalId
