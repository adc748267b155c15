import type { RegistryOptions } from '../../local/registry/registry.ts';
import type { Request } from '../../local/registry/http.ts';
import type { RegistryDeps } from '../../src/lib/registry/make-registry.ts';
import { makeAsker, startStandIn } from './registry.ts';

export const repository = 'shop/api';
export const labels = { 'com.azure.dev.image.build.builduri': 'vstfs:///Build/Build/1241', empty: '' };
const password = { name: 'robot$reader', password: 'p:a s' };

/** The two ways of asking, each at a stand-in on this machine. */
export const ways = [
  {
    way: 'an Azure registry',
    start: async (options: Partial<RegistryOptions> = {}, deps: Partial<RegistryDeps> = {}) => {
      const standIn = await startStandIn({ tokens: ['local-identity'], ...options });
      const registry = 'contoso.azurecr.io';
      return {
        standIn,
        image: { registry, repository },
        ...makeAsker({ localEndpoints: { [registry]: standIn.url } }, deps),
      };
    },
  },
  {
    way: 'a registry with a password',
    start: async (options: Partial<RegistryOptions> = {}, deps: Partial<RegistryDeps> = {}) => {
      const users = { [password.name]: password.password };
      const standIn = await startStandIn({ users, ...options });
      const registry = new URL(standIn.url).host;
      const registryCredentials = new Map([[registry, { user: password }]]);
      return {
        standIn,
        image: { registry, repository },
        ...makeAsker({ registries: [registry], registryCredentials }, deps),
      };
    },
  },
];

export const isTagRequest = ({ path }: Request): boolean => /\/(?:manifests|_tags)\//.test(path);

/** The manifest as the stand-in has it. */
export async function manifestText(url: string, digest: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${password.name}:${password.password}`).toString('base64')}`;
  const response = await fetch(`${url}/v2/${repository}/manifests/${digest}`, { headers: { authorization } });
  return response.text();
}
