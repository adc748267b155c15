import type { RegisteredFunction } from './app-registry.ts';

/**
 * Whether no setting disables a function: `AzureWebJobs.NAME.Disabled`, or with `_` where names of settings have no dot. The
 * trigger of a disabled one does nothing; a manual run still works ("How to disable functions in Azure Functions").
 */
export function isEnabled({ target: { metadata } }: { readonly target: RegisteredFunction }): boolean {
  const value =
    process.env[`AzureWebJobs.${metadata.name}.Disabled`] ?? process.env[`AzureWebJobs_${metadata.name}_Disabled`];
  return value?.toLowerCase() !== 'true' && value !== '1';
}
