import { createHash, timingSafeEqual } from 'node:crypto';

/** The secrets of every named instance of Argo CD. */
export type ArgoCdSecrets = ReadonlyMap<string, readonly string[]>;

/** Whose notification it is: an instance's, the one unnamed instance's, or nobody's. */
export type ArgoCdCaller = { readonly instance: string | undefined } | 'unknown';

/**
 * Tells which instance of Argo CD sends a secret: the secret decides, the body never does, so that no cluster can speak
 * for another.
 *
 * @param secrets `undefined` where `ARGOCD_SECRETS` is unset
 * @param namesInstances whether a route names an instance: then nobody without a secret is believed
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
