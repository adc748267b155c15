import { createHash, timingSafeEqual } from 'node:crypto';

/** The secrets of each named instance of Argo CD. */
export type ArgoCdSecrets = ReadonlyMap<string, readonly string[]>;

/** The sender of a notification: a named instance, the one unnamed instance, or an unknown sender. */
export type ArgoCdCaller = { readonly instance: string | undefined } | 'unknown';

/**
 * Identifies the instance of Argo CD by its secret, never by the body, so that no cluster can report for another.
 *
 * @param secrets `undefined` if `ARGOCD_SECRETS` is unset
 * @param namesInstances whether a route names an instance: then each sender needs a secret
 */
export function makeIdentifyArgoCd(
  secrets: ArgoCdSecrets | undefined,
  namesInstances: boolean,
): (secret: string | null) => ArgoCdCaller {
  if (secrets === undefined && !namesInstances) return () => ({ instance: undefined });
  const known = [...(secrets ?? [])].flatMap(([instance, values]) =>
    values.map((value) => ({ instance, digest: digestOf(value) })),
  );
  return (secret) => {
    const digest = digestOf(secret ?? '');
    const matching = known.find((one) => timingSafeEqual(one.digest, digest));
    return matching ? { instance: matching.instance } : 'unknown';
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
