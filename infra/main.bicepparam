using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'tagrelay')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param vaultOfficerId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')

param routes = loadTextContent('routes.yaml')
param allow = loadTextContent('allow.yaml')
param routesFrom = loadTextContent('routes-from.yaml')

// Settings (docs/settings.md) that hold no secret, such as GIT_AUTHOR: 'tagrelay <tagrelay@contoso.com>'
param settings = {}

// Add a name when its secret is in the key vault: 'GIT_CREDENTIALS' for the secret git-credentials.
param secrets = []

// true where a check of Azure DevOps or an ACR webhook calls the app: they wait 3 s and 5 s.
param alwaysReadyHttp = false
// true for commits without a cold start.
param alwaysReadyWork = false

// Id of an action group: alerts on updates that were given up or need a person, on everything waiting, and on health.
param alertActionGroupId = ''
