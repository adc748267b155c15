/**
 * Body of the notification: a template of Go's `text/template` with the functions of sprig, which Argo CD renders with an
 * Application (`app`). `toJson` of a missing field is `null`, at any depth.
 *
 * Each list and text has a limit, so that every body stays below 48 KiB and fits into a message of a storage queue.
 * `$room` is the number of bytes left for a list. Lists of sources and revisions end at the first item that does not fit,
 * so that a revision keeps the index of its source. Omitted images and resources are counted. Long messages lose their
 * middle: of Helm's nested errors the cause is at the end.
 */
export const notificationBody = `\
{{- $sources := list -}}
{{- $room := 5000 -}}
{{- range .app.spec.sources -}}
  {{- $item := dict "repoURL" .repoURL "path" .path "chart" .chart "targetRevision" .targetRevision "ref" .ref -}}
  {{- $room = sub $room (len (toJson $item)) -}}
  {{- if ge $room 0 -}}{{- $sources = append $sources $item -}}{{- end -}}
{{- end -}}
{{- $source := "null" -}}
{{- with .app.spec.source -}}
  {{- $source = toJson (dict "repoURL" .repoURL "path" .path "chart" .chart "targetRevision" .targetRevision) -}}
  {{- if gt (len $source) 2000 -}}{{- $source = "null" -}}{{- end -}}
{{- end -}}
{{- $valueFiles := list -}}
{{- $room = 4000 -}}
{{- range .app.spec.sources -}}
  {{- $room = sub $room (len (toJson .helm.valueFiles)) -}}
  {{- if ge $room 0 -}}{{- $valueFiles = append $valueFiles .helm.valueFiles -}}{{- end -}}
{{- end -}}
{{- with .app.spec.source -}}
  {{- if le (len (toJson .helm.valueFiles)) 4000 -}}{{- $valueFiles = list .helm.valueFiles -}}{{- end -}}
{{- end -}}
{{- $hydratorSpec := "null" -}}
{{- with .app.spec.sourceHydrator -}}
  {{- $dry := dict "repoURL" .drySource.repoURL "path" .drySource.path "targetRevision" .drySource.targetRevision -}}
  {{- $sync := dict "targetBranch" .syncSource.targetBranch "path" .syncSource.path -}}
  {{- $hydratorSpec = toJson (dict "drySource" $dry "syncSource" $sync) -}}
  {{- if gt (len $hydratorSpec) 2000 -}}{{- $hydratorSpec = "null" -}}{{- end -}}
{{- end -}}
{{- $syncRevisions := list -}}
{{- $room = 2500 -}}
{{- range .app.status.sync.revisions -}}
  {{- $room = sub $room (len (toJson .)) -}}
  {{- if ge $room 0 -}}{{- $syncRevisions = append $syncRevisions . -}}{{- end -}}
{{- end -}}
{{- $requestedRevisions := list -}}
{{- $room = 2500 -}}
{{- range .app.status.operationState.operation.sync.revisions -}}
  {{- $room = sub $room (len (toJson .)) -}}
  {{- if ge $room 0 -}}{{- $requestedRevisions = append $requestedRevisions . -}}{{- end -}}
{{- end -}}
{{- $revisions := list -}}
{{- $room = 2500 -}}
{{- range .app.status.operationState.syncResult.revisions -}}
  {{- $room = sub $room (len (toJson .)) -}}
  {{- if ge $room 0 -}}{{- $revisions = append $revisions . -}}{{- end -}}
{{- end -}}
{{- $failed := list -}}
{{- $failedOmitted := 0 -}}
{{- $room = 6000 -}}
{{- range .app.status.operationState.syncResult.resources -}}
  {{- if or (has .status (list "SyncFailed")) (has .hookPhase (list "Failed" "Error")) -}}
    {{- $message := .message | default "" | toString | trunc 300 -}}
    {{- $item := dict "group" .group "kind" .kind "namespace" .namespace "name" .name "status" .status "message" $message "hookPhase" .hookPhase "syncPhase" .syncPhase -}}
    {{- $size := len (toJson $item) -}}
    {{- if and (lt (len $failed) 20) (ge (sub $room $size) 0) -}}
      {{- $failed = append $failed $item -}}
      {{- $room = sub $room $size -}}
    {{- else -}}
      {{- $failedOmitted = add $failedOmitted 1 -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $degraded := list -}}
{{- $degradedOmitted := 0 -}}
{{- $room = 4000 -}}
{{- range .app.status.resources -}}
  {{- if has .health.status (list "Degraded") -}}
    {{- $message := .health.message | default "" | toString | trunc 300 -}}
    {{- $item := dict "group" .group "kind" .kind "namespace" .namespace "name" .name "message" $message -}}
    {{- $size := len (toJson $item) -}}
    {{- if and (lt (len $degraded) 20) (ge (sub $room $size) 0) -}}
      {{- $degraded = append $degraded $item -}}
      {{- $room = sub $room $size -}}
    {{- else -}}
      {{- $degradedOmitted = add $degradedOmitted 1 -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $conditions := list -}}
{{- $room = 2500 -}}
{{- range .app.status.conditions -}}
  {{- $message := .message | default "" | toString -}}
  {{- if gt (len $message) 300 -}}{{- $message = print (trunc 99 $message) " … " (trunc -198 $message) -}}{{- end -}}
  {{- $item := dict "type" .type "message" $message "lastTransitionTime" .lastTransitionTime -}}
  {{- $size := len (toJson $item) -}}
  {{- if and (lt (len $conditions) 10) (ge (sub $room $size) 0) -}}
    {{- $conditions = append $conditions $item -}}
    {{- $room = sub $room $size -}}
  {{- end -}}
{{- end -}}
{{- $images := list -}}
{{- $imagesOmitted := 0 -}}
{{- $room = 12000 -}}
{{- range .app.status.summary.images -}}
  {{- $size := len (toJson .) -}}
  {{- if and (lt (len $images) 200) (ge (sub $room $size) 0) -}}
    {{- $images = append $images . -}}
    {{- $room = sub $room $size -}}
  {{- else -}}
    {{- $imagesOmitted = add $imagesOmitted 1 -}}
  {{- end -}}
{{- end -}}
{{- $message := .app.status.operationState.message | default "" | toString -}}
{{- if gt (len $message) 2000 -}}{{- $message = print (trunc 665 $message) " … " (trunc -1332 $message) -}}{{- end -}}
{{- if gt (len (toJson $message)) 3000 -}}{{- $message = print (trunc 165 $message) " … " (trunc -332 $message) -}}{{- end -}}
{{- $labels := toJson .app.metadata.labels -}}
{{- if gt (len $labels) 2000 -}}{{- $labels = "null" -}}{{- end -}}
{{- $destination := toJson .app.spec.destination -}}
{{- if gt (len $destination) 1000 -}}{{- $destination = "null" -}}{{- end -}}
{{- $initiatedBy := toJson .app.status.operationState.operation.initiatedBy -}}
{{- if gt (len $initiatedBy) 500 -}}{{- $initiatedBy = "null" -}}{{- end -}}
{{- $requestedRevision := toJson .app.status.operationState.operation.sync.revision -}}
{{- if gt (len $requestedRevision) 500 -}}{{- $requestedRevision = "null" -}}{{- end -}}
{
  "schemaVersion": 1,
  "argocdUrl": {{ toJson .context.argocdUrl }},
  "application": {
    "name": {{ toJson .app.metadata.name }},
    "namespace": {{ toJson .app.metadata.namespace }},
    "uid": {{ toJson .app.metadata.uid }},
    "project": {{ .app.spec.project | default "" | toString | trunc 253 | toJson }},
    "labels": {{ $labels }},
    "destination": {{ $destination }}
  },
  "source": {{ $source }},
  "sources": {{ if .app.spec.sources }}{{ toJson $sources }}{{ else }}null{{ end }},
  "valueFiles": {{ toJson $valueFiles }},
  "sourceHydratorSpec": {{ $hydratorSpec }},
  "sync": {
    "status": {{ toJson .app.status.sync.status }},
    "revision": {{ toJson .app.status.sync.revision }},
    "revisions": {{ if .app.status.sync.revisions }}{{ toJson $syncRevisions }}{{ else }}null{{ end }}
  },
  "health": {
    "status": {{ toJson .app.status.health.status }},
    "lastTransitionTime": {{ toJson .app.status.health.lastTransitionTime }},
    "degradedResources": {{ toJson $degraded }},
    "degradedResourcesOmitted": {{ $degradedOmitted }}
  },
  "operation": {
    "phase": {{ toJson .app.status.operationState.phase }},
    "message": {{ toJson $message }},
    "startedAt": {{ toJson .app.status.operationState.startedAt }},
    "finishedAt": {{ toJson .app.status.operationState.finishedAt }},
    "retryCount": {{ toJson .app.status.operationState.retryCount }},
    "retryLimit": {{ toJson .app.status.operationState.operation.retry.limit }},
    "initiatedBy": {{ $initiatedBy }},
    "requestedRevision": {{ $requestedRevision }},
    "requestedRevisions": {{ if .app.status.operationState.operation.sync.revisions }}{{ toJson $requestedRevisions }}{{ else }}null{{ end }},
    "revision": {{ toJson .app.status.operationState.syncResult.revision }},
    "revisions": {{ if .app.status.operationState.syncResult.revisions }}{{ toJson $revisions }}{{ else }}null{{ end }},
    "failedResources": {{ toJson $failed }},
    "failedResourcesOmitted": {{ $failedOmitted }}
  },
  "images": {{ if .app.status.summary.images }}{{ toJson $images }}{{ else }}null{{ end }},
  "imagesOmitted": {{ $imagesOmitted }},
  "conditions": {{ toJson $conditions }},
  "hydrator": {
    "drySha": {{ toJson .app.status.sourceHydrator.lastSuccessfulOperation.drySHA }},
    "hydratedSha": {{ toJson .app.status.sourceHydrator.lastSuccessfulOperation.hydratedSHA }}
  },
  "reconciledAt": {{ toJson .app.status.reconciledAt }}
}
`;
