/** Loaded where an Azure Container Registry is asked, in a file of its own beside the bundle. */
export { ContainerRegistryClient } from '@azure/container-registry';
export { createHttpHeaders } from '@azure/core-rest-pipeline';
