using 'connections.bicep'

// azd gives these from the outputs of main.bicep.
param appResourceGroup = readEnvironmentVariable('AZURE_RESOURCE_GROUP', 'rg-tagrelay')
param storageName = readEnvironmentVariable('TAGRELAY_STORAGE_NAME', '')
param principalId = readEnvironmentVariable('TAGRELAY_PRINCIPAL_ID', '')
param appUrl = readEnvironmentVariable('TAGRELAY_URL', '')

// One entry for each registry:
// {
//   resourceId: '/subscriptions/…/resourceGroups/rg-shared/providers/Microsoft.ContainerRegistry/registries/contoso'
//   permissions: 'rbac'
//   eventGrid: true
// }
param registries = []

// One entry for each cluster that has no Argo CD yet:
// {
//   resourceId: '/subscriptions/…/resourceGroups/rg-shared/providers/Microsoft.ContainerService/managedClusters/weu'
//   releaseTrain: 'preview'
//   configuration: {}
// }
param clusters = []
