using 'connections.bicep'

// azd gives these from the outputs of main.bicep.
param appResourceGroup = readEnvironmentVariable('AZURE_RESOURCE_GROUP', 'rg-tagrelay')
param storageName = readEnvironmentVariable('TAGRELAY_STORAGE_NAME', '')
param principalId = readEnvironmentVariable('TAGRELAY_PRINCIPAL_ID', '')

// One entry for each registry:
// {
//   resourceId: '/subscriptions/…/resourceGroups/rg-shared/providers/Microsoft.ContainerRegistry/registries/contoso'
//   permissions: 'rbac'
//   eventGrid: true
// }
param registries = []
