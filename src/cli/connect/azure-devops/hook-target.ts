import { createHash } from 'node:crypto';

type Inputs = Readonly<Record<string, string>>;

/** Where events are sent. */
export interface HookTarget {
  /** Of the endpoint, without a query. */
  readonly url: string;
  /** Inputs of the consumer that set how much of an event is sent. */
  readonly details: Inputs;
  /** Absent if the endpoint needs none; `unknown` where only the existence of a subscription is checked. */
  readonly secret?: HookSecret | 'unknown';
  /** Whether subscriptions of others call the endpoint too. */
  readonly isShared: boolean;
}

interface HookSecret {
  /** Shows a change of the secret: Azure DevOps never shows the inputs. */
  readonly id: string;
  readonly inputs: Inputs;
}

const noMessages = { messagesToSend: 'none', detailedMessagesToSend: 'none' } as const;

/** The app. Everything but the build or pull request itself is asked from Azure DevOps. */
export function appTarget(base: string, key: string | undefined): HookTarget {
  return {
    url: `${base}/api/webhooks/azure-devops`,
    details: { resourceDetailsToSend: 'minimal', ...noMessages },
    secret: key === undefined ? 'unknown' : { id: secretId(key), inputs: { httpHeaders: `x-functions-key:${key}` } },
    isShared: false,
  };
}

/**
 * Argo CD's receiver of pushes. It reads the repository and the refs of the event, and compares user and password with
 * `webhook.azuredevops.username` and `.password` of the Secret `argocd-secret`, if these are set.
 */
export function argoCdTarget(
  base: string,
  login: { readonly username: string; readonly password: string } | undefined,
) {
  return {
    url: `${base}/api/webhook`,
    details: { resourceDetailsToSend: 'all', ...noMessages },
    ...(login && {
      secret: {
        id: secretId(`${login.username}:${login.password}`),
        inputs: { basicAuthUsername: login.username, basicAuthPassword: login.password },
      },
    }),
    isShared: true,
  } satisfies HookTarget;
}

/** Enough to see that a secret is another one, and nothing of the secret: 32 bits of its hash. */
function secretId(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}
