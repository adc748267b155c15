metadata description = 'Queues, tables, blobs and the deployed package. Nobody has a key: whoever is not given a role here does not get in.'

@minLength(3)
@maxLength(24)
@description('Name of the storage account.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Object id of the identity of the app.')
param appPrincipalId string

@description('Closes the public endpoint of the account to all but the trusted services of Azure, of which Event Grid is one.')
param privateNetwork bool

@description('Copies of what is stored: Standard_LRS or Standard_ZRS.')
param sku string

var roles = loadJsonContent('../roles.json')
var queues = loadJsonContent('../queues.json')

// The Functions host keeps keys, locks and the timer's status here, and Flex Consumption the package: hence owner of the blobs.
var appRoles = [
  roles['Storage Blob Data Owner']
  roles['Storage Queue Data Contributor']
  roles['Storage Table Data Contributor']
]

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    // Closed by the default action, not by `Disabled`: docs/decisions/0015-event-grid-reaches-a-closed-queue.md.
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateNetwork ? 'Deny' : 'Allow'
    }
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource deployments 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobService
  name: 'deployments'
  properties: {
    publicAccess: 'None'
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

// Event Grid delivers only into a queue that exists. The app would make the others when it first needs them.
resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queueName in queues: {
    parent: queueService
    name: queueName
  }
]

resource appRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in appRoles: {
    scope: account
    name: guid(account.id, appPrincipalId, role)
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

@description('Name of the account.')
output name string = account.name

@description('Name of the container that the deployed package lies in.')
output deploymentContainer string = deployments.name
