/** The settings of an app whose storage, and whose organization `contoso`, are on this machine. */
export function appSettings({
  storage,
  devops,
  token,
  routes,
}: {
  readonly storage: { readonly connectionString: string };
  readonly devops: { readonly url: string };
  readonly token: string;
  readonly routes: string;
}): Readonly<Record<string, string>> {
  return {
    ROUTES: routes,
    VERIFY_IMAGE: 'false',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsStorage: storage.connectionString,
    AZURE_DEVOPS_PAT: token,
    LOCAL_ENDPOINTS: JSON.stringify({ 'https://dev.azure.com/contoso': `${devops.url}/contoso` }),
    // Polling, and the pause after a thrown error, shorter than in Azure.
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.2000000',
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:02',
  };
}
