targetScope = 'subscription'

import { authenticationOptions } from 'types.bicep'

metadata description = 'tagrelay as a Flex Consumption function app in a resource group of its own. It touches no other resource group, so that azd down takes away no other; what other groups need is in connections.bicep.'

@minLength(1)
@maxLength(32)
@description('Name of this installation. Names of resources are made of it, and azd finds its resources by it.')
param environmentName string

@description('Region of every resource. Event Grid needs none in common with the registry.')
param location string

@description('Resource group to make.')
param resourceGroupName string = 'rg-${environmentName}'

@description('Tags on every resource.')
param tags object = {}

@description('The setting ROUTES, as YAML: what main.bicepparam loads from routes.yaml.')
param routes string

@description('The setting ALLOW, as YAML: what routes may write. Empty leaves it unset, and routes may write everywhere.')
param allow string = ''

@description('The setting ROUTES_FROM, as YAML: Git repositories with routes documents. Without entries, routes come from ROUTES only.')
param routesFrom string = ''

@description('Further app settings, by name: AZURE_DEVOPS_COLLECTIONS, REGISTRIES, GIT_AUTHOR and others that hold no secret.')
param settings object = {}

@description('Names of app settings whose values are secrets of the key vault, such as GIT_CREDENTIALS. List a name once its secret exists.')
param secrets string[] = []

@description('Object id of the user or group that may write the secrets; azd gives the one who is signed in. Empty: nobody is given a role.')
param vaultOfficerId string = ''

@minValue(1)
@maxValue(1000)
@description('Most instances of each group of functions. Large groups of updates make few commits, so few instances are better; 40 is the least that every region takes.')
param maximumInstanceCount int = 40

@allowed([512, 2048, 4096])
@description('Memory of an instance, in MiB.')
param instanceMemoryMB int = 2048

@description('Keeps one instance for HTTP running. A check of Azure DevOps waits 3 s for the answer and an ACR webhook 5 s, which a cold start can miss; Event Grid needs no such instance.')
param alwaysReadyHttp bool = false

@description('Whether one instance of the queue function always runs: no cold start between an event and its commit. It is billed by the hour.')
param alwaysReadyWork bool = false

@description('Puts the app into a virtual network and storage and key vault behind private endpoints, and closes their public access.')
param privateNetwork bool = false

@description('Used with privateNetwork: closes the app to the internet too, behind a private endpoint. Azure DevOps Services and ACR webhooks cannot call it then.')
param privateApp bool = false

@description('Address space of the virtual network, a /24 or larger. Used with privateNetwork.')
param addressPrefix string = '10.117.0.0/24'

@description('Whether deleted secrets cannot be purged before 7 days have passed. It cannot be switched off again, and azd down then leaves the vault for 7 days.')
param vaultPurgeProtection bool = false

@allowed(['Standard_LRS', 'Standard_ZRS'])
@description('Copies of what is stored: in one zone of the region, or in three. Not every region has zones.')
param storageSku string = 'Standard_ZRS'

@minValue(30)
@maxValue(730)
@description('Days that logs are kept.')
param logRetentionDays int = 30

@description('Most GB of logs a day, so that a noisy day has a bounded price; -1 is without bound.')
param logDailyQuotaGb int = 1

@description('Id of the action group that alerts notify; empty: no alerts. Its resource group is not changed.')
param alertActionGroupId string = ''

@description('App Service Authentication: sign-in with Microsoft Entra ID. Null leaves it off: functions then require their keys only.')
param authentication authenticationOptions? = null

var suffix = take(uniqueString(subscription().id, environmentName, location), 8)
var allTags = union(tags, { 'azd-env-name': environmentName })

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: resourceGroupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: 'id-tagrelay-${suffix}'
    location: location
    tags: allTags
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: {
    name: 'vnet-tagrelay-${suffix}'
    location: location
    tags: allTags
    addressPrefix: addressPrefix
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: 'sttagrelay${suffix}'
    location: location
    tags: allTags
    appPrincipalId: identity.outputs.principalId
    privateNetwork: privateNetwork
    sku: storageSku
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    name: 'tagrelay-${suffix}'
    location: location
    tags: allTags
    appPrincipalId: identity.outputs.principalId
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: 'kv-tagrelay-${suffix}'
    location: location
    tags: allTags
    appPrincipalId: identity.outputs.principalId
    officerId: vaultOfficerId
    privateNetwork: privateNetwork
    purgeProtection: vaultPurgeProtection
  }
}

module app 'modules/function-app.bicep' = {
  scope: group
  params: {
    name: 'func-tagrelay-${suffix}'
    location: location
    tags: union(allTags, { 'azd-service-name': 'app' })
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainer
    insightsName: monitoring.outputs.insightsName
    vaultUri: vault.outputs.uri
    routes: routes
    allow: allow
    routesFrom: routesFrom
    settings: settings
    secrets: secrets
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyWork: alwaysReadyWork
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    isPrivate: privateNetwork && privateApp
    authentication: authentication
  }
}

module privateEndpoint 'modules/private-app.bicep' = if (privateNetwork && privateApp) {
  scope: group
  params: {
    name: 'func-tagrelay-${suffix}'
    location: location
    tags: allTags
    networkName: network!.outputs.name
    appName: app.outputs.name
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    name: 'tagrelay-${suffix}'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    appUrl: privateNetwork && privateApp ? '' : app.outputs.url
    actionGroupId: alertActionGroupId
  }
}

@description('Resource group of the app.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app.')
output TAGRELAY_APP_NAME string = app.outputs.name

@description('Where the app answers.')
output TAGRELAY_URL string = app.outputs.url

@description('Name of the storage account, which connections.bicep lets Event Grid write to.')
output TAGRELAY_STORAGE_NAME string = storage.outputs.name

@description('Name of the key vault, for the secrets.')
output TAGRELAY_VAULT_NAME string = vault.outputs.name

@description('Name of the identity: the user to add to the Azure DevOps organization.')
output TAGRELAY_IDENTITY_NAME string = identity.outputs.name

@description('Object id of the identity, which connections.bicep gives its role on the registries.')
output TAGRELAY_PRINCIPAL_ID string = identity.outputs.principalId
