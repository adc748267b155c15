import type { Awaited, GateDecision } from './decide-gate.ts';
import type { Gate } from './gate.ts';
import { keepLines, newLines, seenLines, stamp } from './gate-lines.ts';
import type { Seen } from './seen.ts';

/** A gate with a decision, the lines that its log gains, and whether the stored gate has to be written. */
export function applyDecision(
  gate: Gate,
  awaited: readonly Awaited[],
  decision: GateDecision,
  now: Date,
  seen: readonly Seen[] = [],
): { readonly gate: Gate; readonly added: readonly string[]; readonly isChanged: boolean } {
  const deployments = awaited.flatMap(({ deployment, newer }) =>
    newer ? [deployment, newer.deployment] : [deployment],
  );
  const found = [...new Set([...gate.found, ...deployments.map(({ update }) => update.route)])];
  const changes = newLines(gate.reported, deployments, now);
  const { lines: others, reported } = seenLines({ ...gate, reported: changes.reported }, seen, now);
  const news = [...changes.lines, ...others];
  if (decision.kind === 'waits') {
    const lines = keepLines([...gate.lines, ...news]);
    const isChanged = news.length > 0 || found.length > gate.found.length;
    return { gate: { ...gate, found, reported, lines }, added: news, isChanged };
  }
  const { succeeded, text } = decision;
  const added = [...news, stamp(`${succeeded ? 'Succeeded' : 'Failed'}: ${text}`, now)];
  const lines = keepLines([...gate.lines, ...added]);
  const result = { succeeded, text, at: now.toISOString() };
  return { gate: { ...gate, found, reported, lines, result }, added, isChanged: true };
}
