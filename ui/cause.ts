interface Cause {
  readonly kind: string;
  readonly automatic?: boolean;
  readonly actor?: string;
  readonly from?: readonly string[];
}

const words: Readonly<Record<string, string>> = {
  push: 'push',
  build: 'build',
  reconcile: 'push, found later',
  replay: 'replay',
  overtaken: 'redelivery',
};

/** Who or what moved an environment. */
export function formatCause({ kind, automatic, actor, from = [] }: Cause): string {
  const by = actor === undefined ? '' : ` by ${actor}`;
  if (kind === 'promotion') return `promoted from ${from.join(', ')}${by}`;
  if (kind === 'rollback') return automatic === true ? 'automatic rollback' : `rollback${by}`;
  return `${words[kind] ?? kind}${by}`;
}
