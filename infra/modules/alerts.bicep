metadata description = 'Alerts on the log and the health of the app, and the workbook. Without an action group, only the workbook.'

@description('Second half of the names.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Id of the workspace with the log of the app.')
param workspaceId string

@description('Id of the Application Insights resource.')
param insightsId string

@description('Where the app answers; empty: its health is not tested from the internet.')
param appUrl string

@description('Id of the action group that is notified; empty: no alerts.')
param actionGroupId string

var actions = {
  actionGroups: [
    actionGroupId
  ]
}
var oneEvaluation = {
  numberOfEvaluationPeriods: 1
  minFailingPeriodsToAlert: 1
}

resource givenUp 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (!empty(actionGroupId)) {
  name: 'alert-given-up-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'tagrelay: an update or event was given up'
    description: 'After 24 h of trying, or because a message cannot be read. Correct the cause, then run tagrelay replay --all.'
    severity: 1
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'AppTraces | where Message startswith "abandoned "'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: oneEvaluation
        }
      ]
    }
    autoMitigate: true
    actions: actions
  }
}

resource needsPerson 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (!empty(actionGroupId)) {
  name: 'alert-needs-person-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'tagrelay: an update needs a person'
    description: 'It was rejected, or its push ended without a result. The code in the log says how to correct it.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'AppTraces | where Message startswith "rejected " or Message startswith "push-intent-expired "'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: oneEvaluation
        }
      ]
    }
    autoMitigate: true
    actions: actions
  }
}

resource everythingWaits 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (!empty(actionGroupId)) {
  name: 'alert-everything-waits-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'tagrelay: many retries and no commit'
    description: 'A Git host, a registry or storage does not answer, or refuses the identity of the app.'
    severity: 1
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'AppTraces | summarize again = countif(Message startswith "rescheduled "), committed = countif(Message startswith "committed ") | where again > 20 and committed == 0'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: oneEvaluation
        }
      ]
    }
    autoMitigate: true
    actions: actions
  }
}

resource pushesUnknown 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (!empty(actionGroupId)) {
  name: 'alert-pushes-unknown-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'tagrelay: pushes may stay unknown'
    description: 'The search for pushes without an event, or the queue of events, does not work: the reason is in the log.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'AppTraces | where Message startswith "registry-not-listed " or Message startswith "event-not-stored "'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: oneEvaluation
        }
      ]
    }
    autoMitigate: true
    actions: actions
  }
}

resource healthTest 'Microsoft.Insights/webtests@2022-06-15' = if (!empty(actionGroupId) && !empty(appUrl)) {
  name: 'health-${name}'
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'health-${name}'
    Name: 'health-${name}'
    Enabled: true
    Frequency: 300
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [
      {
        Id: 'emea-nl-ams-azr'
      }
      {
        Id: 'emea-gb-db3-azr'
      }
      {
        Id: 'us-va-ash-azr'
      }
    ]
    Request: {
      RequestUrl: '${appUrl}/api/health'
      HttpVerb: 'GET'
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
    }
  }
}

resource unhealthy 'Microsoft.Insights/metricAlerts@2018-03-01' = if (!empty(actionGroupId) && !empty(appUrl)) {
  name: 'alert-health-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The app cannot work: GET /api/health/details lists the problems.'
    severity: 1
    enabled: true
    scopes: [
      healthTest.id
      insightsId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: healthTest.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'tagrelay')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'tagrelay'
    category: 'workbook'
    sourceId: workspaceId
    version: 'Notebook/1.0'
    serializedData: loadTextContent('../workbook.json')
  }
}
