metadata description = 'The role of the app on a registry: to read, nothing else. It goes into the resource group of the registry.'

@description('Name of the registry.')
param registryName string

@description('Object id of the identity of the app.')
param principalId string

@description('How the registry decides on access. AcrPull counts for nothing in ABAC mode.')
@allowed(['rbac', 'abac'])
param permissions string

var roles = loadJsonContent('../roles.json')
var role = permissions == 'abac' ? roles['Container Registry Repository Reader'] : roles.AcrPull

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, principalId, role)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}

@description('Region of the registry.')
output location string = registry.location
