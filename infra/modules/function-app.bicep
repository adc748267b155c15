metadata description = 'The function app on a Flex Consumption plan, and its settings.'

import { authenticationOptions } from '../types.bicep'

@description('Name of the app, and the first part of its address.')
param name string

@description('Region.')
param location string

@description('Tags, among them the one by which azd finds the app.')
param tags object

@description('Resource id of the identity.')
param identityId string

@description('Client id of the identity.')
param identityClientId string

@description('Name of the storage account.')
param storageName string

@description('Container of the deployed package.')
param deploymentContainer string

@description('Name of the Application Insights resource.')
param insightsName string

@description('Address of the key vault, with a slash at its end.')
param vaultUri string

@description('The setting ROUTES.')
param routes string

@description('The setting ALLOW; empty leaves it unset.')
param allow string

@description('The setting ROUTES_FROM; empty leaves it unset.')
param routesFrom string

@description('Further settings.')
param settings object

@description('Names of settings that are secrets of the key vault.')
param secrets string[]

@description('Most instances of each group of functions.')
param maximumInstanceCount int

@description('Memory of an instance, in MiB.')
param instanceMemoryMB int

@description('Keeps one instance for HTTP running.')
param alwaysReadyHttp bool

@description('Whether one instance of the queue function always runs: no cold start between an event and its commit.')
param alwaysReadyWork bool

@description('Subnet of the app; empty for none.')
param subnetId string

@description('Closes the app to the internet; callers need a private endpoint.')
param isPrivate bool

@description('App Service Authentication; null for none.')
param authentication authenticationOptions? = null

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// A setting GIT_CREDENTIALS is the secret git-credentials: names of secrets have letters, digits and hyphens only.
var secretSettings = toObject(
  secrets,
  setting => setting,
  setting => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(toLower(setting), '_', '-')})'
)

var allSettings = union(
  settings,
  secretSettings,
  empty(allow) ? {} : { ALLOW: allow },
  empty(routesFrom) ? {} : { ROUTES_FROM: routesFrom },
  {
    ROUTES: routes
    AZURE_CLIENT_ID: identityClientId
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  }
)

var keysSuffice = authentication.?keysSuffice ?? false

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: {
        name: 'node'
        version: '24'
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: union(
          alwaysReadyHttp ? [{ name: 'http', instanceCount: 1 }] : [],
          alwaysReadyWork ? [{ name: 'function:work', instanceCount: 1 }] : []
        )
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: allSettings
  }

  resource scmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource ftpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }
}

resource signIn 'Microsoft.Web/sites/config@2024-11-01' = if (authentication != null) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: !keysSuffice
      unauthenticatedClientAction: keysSuffice ? 'AllowAnonymous' : 'Return401'
      // The app trusts the header of the principal there, so the platform must check every such request.
      excludedPaths: filter(authentication!.excludedPaths, path => !startsWith(toLower(path), '/api/signed-in'))
    }
    httpSettings: {
      requireHttps: true
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: authentication!.clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${authentication!.tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: ['api://${authentication!.clientId}']
          defaultAuthorizationPolicy: {
            // The page's own sign-in gets its tokens as the app registration itself.
            allowedApplications: union([authentication!.clientId], authentication!.allowedApplications)
          }
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}

@description('Name of the app.')
output name string = app.name

@description('Where the app answers.')
output url string = 'https://${app.properties.defaultHostName}'
