metadata description = 'Argo CD as a cluster extension that tells the app of every sync. It goes into the resource group of the cluster. Its two secrets are put into the cluster by kubectl, so that none is in a deployment record.'

@description('Name of the cluster.')
param clusterName string

@description('Whether the cluster is connected by Azure Arc, and none of AKS.')
param isConnected bool

@description('Release train of the extension.')
param releaseTrain string

@description('Further configuration of the extension.')
param configuration object

@description('Where the app answers.')
param appUrl string

var notifications = mapValues(
  loadJsonContent('../argocd/extension-settings.json'),
  value => replace(value, 'https://TAGRELAY_HOST', appUrl)
)

var extension = {
  extensionType: 'Microsoft.ArgoCD'
  autoUpgradeMinorVersion: true
  releaseTrain: releaseTrain
  scope: {
    cluster: {
      releaseNamespace: 'argocd'
    }
  }
  configurationSettings: union(configuration, notifications)
}

resource managed 'Microsoft.ContainerService/managedClusters@2024-09-01' existing = {
  name: clusterName
}

resource connected 'Microsoft.Kubernetes/connectedClusters@2024-01-01' existing = {
  name: clusterName
}

resource onManaged 'Microsoft.KubernetesConfiguration/extensions@2023-05-01' = if (!isConnected) {
  scope: managed
  name: 'argocd'
  identity: {
    type: 'SystemAssigned'
  }
  properties: extension
}

resource onConnected 'Microsoft.KubernetesConfiguration/extensions@2023-05-01' = if (isConnected) {
  scope: connected
  name: 'argocd'
  identity: {
    type: 'SystemAssigned'
  }
  properties: extension
}
