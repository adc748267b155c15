import { isLoopback } from '../net/repository-url.ts';
import { tryParseUrl } from '../net/url.ts';

/** Access to the API of one Argo CD. */
export interface ArgoCdAccess {
  /** URL for requests, without a slash at the end. */
  readonly url: string;
  /** URL for messages; differs on the local platform only. */
  readonly publicUrl: string;
  /** Token of an account with the right to get applications. */
  readonly token: string;
}

/** The instances with access, by their name in settings; the unnamed instance has the empty name. */
export type ArgoCdInstances = ReadonlyMap<string, ArgoCdAccess>;

type Report = (setting: string, message: string) => void;

const settingPattern = /^ARGOCD_(URL|TOKEN)(?:__(.+))?$/;

/**
 * Reads `ARGOCD_URL` and `ARGOCD_TOKEN`, or `ARGOCD_URL__<instance>` and `ARGOCD_TOKEN__<instance>`. Names of settings
 * cannot have `-` on Linux plans, so `ARGOCD_URL__weu_1` belongs to the instance `weu-1`. While `LOCAL_ENDPOINTS` is set,
 * only this machine is called.
 */
export function readArgoCdInstances(
  environment: Readonly<Record<string, string | undefined>>,
  localEndpoints: Readonly<Record<string, string>> | undefined,
  report: Report,
): ArgoCdInstances {
  const urls = new Map<string, string>();
  const tokens = new Map<string, string>();
  for (const [setting, value] of Object.entries(environment)) {
    const [, kind, label = ''] = settingPattern.exec(setting) ?? [];
    const text = value?.trim() ?? '';
    if (kind !== undefined && text !== '') (kind === 'URL' ? urls : tokens).set(settingName(label), text);
  }
  const instances = new Map<string, ArgoCdAccess>();
  for (const [name, text] of urls) {
    const setting = nameOf('ARGOCD_URL', name);
    const token = tokens.get(name);
    const publicUrl = apiUrl(text);
    const url = publicUrl === undefined ? undefined : endpointOf(publicUrl, localEndpoints);
    if (publicUrl === undefined) {
      report(
        setting,
        `found ${JSON.stringify(text)}; expected the https URL of Argo CD, such as https://argocd.contoso.com`,
      );
    } else if (url === undefined) {
      report(
        setting,
        `${publicUrl} is not called, because LOCAL_ENDPOINTS is set without it; add it there, or unset LOCAL_ENDPOINTS`,
      );
    } else if (token === undefined) {
      report(setting, `has no token; expected one of an Argo CD account in ${nameOf('ARGOCD_TOKEN', name)}`);
    } else if (!/^[\x21-\x7e]+$/.test(token)) {
      report(
        nameOf('ARGOCD_TOKEN', name),
        'is not a valid token: it has spaces or other characters that are not allowed in a header',
      );
    } else {
      instances.set(name, { url, publicUrl, token });
    }
  }
  for (const name of tokens.keys()) {
    if (!urls.has(name))
      report(nameOf('ARGOCD_TOKEN', name), `has no URL; expected one in ${nameOf('ARGOCD_URL', name)}`);
  }
  return instances;
}

/** Access to an instance of `[instance/]namespace/name`; `undefined` if the settings have no URL for it. */
export function argoCdAccess(instances: ArgoCdInstances, instance: string | undefined): ArgoCdAccess | undefined {
  return instances.get(settingName(instance ?? ''));
}

function settingName(instance: string): string {
  return instance.toLowerCase().replace(/[-.]/g, '_');
}

function nameOf(setting: string, instance: string): string {
  return instance === '' ? setting : `${setting}__${instance}`;
}

/** The URL of an Argo CD without a slash at the end; `undefined` if it is not https, or has more than a path. */
export function apiUrl(text: string): string | undefined {
  const url = tryParseUrl(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (!isSafe || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function endpointOf(url: string, localEndpoints: Readonly<Record<string, string>> | undefined): string | undefined {
  if (!localEndpoints || isLoopback(new URL(url))) return url;
  return localEndpoints[url];
}
