/** Loaded where a token of the app's identity is needed, in a file of its own beside the bundle. */
export { DefaultAzureCredential } from '@azure/identity';
