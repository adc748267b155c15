metadata description = 'Application Insights and its workspace. Only the identity of the app may write; there is no key.'

@description('Second half of the names.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Object id of the identity of the app.')
param appPrincipalId string

@description('Days that logs are kept.')
param retentionDays int

@description('Most GB a day; -1 is without bound.')
param dailyQuotaGb int

var publisher = loadJsonContent('../roles.json')['Monitoring Metrics Publisher']

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    retentionInDays: retentionDays
    sku: {
      name: 'PerGB2018'
    }
    workspaceCapping: {
      dailyQuotaGb: dailyQuotaGb
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource appRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, appPrincipalId, publisher)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', publisher)
  }
}

@description('Name of the Application Insights resource.')
output insightsName string = insights.name

@description('Id of the Application Insights resource.')
output insightsId string = insights.id

@description('Id of the workspace.')
output workspaceId string = workspace.id
