import type { Clock } from '../model/clock.ts';
import type { GateStore } from './gate-store.ts';

interface EndGateDeps {
  readonly gates: GateStore;
}

/** Ends a gate and removes its token. */
export async function endGate(id: string, ended: 'completed' | 'lost', { gates }: EndGateDeps): Promise<void> {
  await gates.update(id, (current) => {
    if (!current || current.ended !== undefined) return undefined;
    const { token: _token, ...rest } = current;
    return { ...rest, ended };
  });
}

/** Ends a gate whose callback failed for a day. An undecided gate stays open: a message for `endsAt` is queued. */
export async function abandonGate(id: string, { gates, now }: EndGateDeps & { readonly now: Clock }): Promise<void> {
  const gate = await gates.find(id);
  if (gate && (gate.result ?? Date.parse(gate.endsAt) <= now().getTime())) await endGate(id, 'lost', { gates });
}
