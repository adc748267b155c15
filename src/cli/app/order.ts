import { userInfo } from 'node:os';
import { UsageError, type CommandArguments, type CommandIo } from '../command.ts';
import { textOption } from '../options.ts';

/** The options of a command that people order and that the app keeps with their name. */
export const orderOptions = { reason: { type: 'string' }, actor: { type: 'string' } } as const;

export const actorHelp = `  --actor NAME        who orders it (else TAGRELAY_ACTOR, or the user of this machine)`;

export const orderHelp = `  --reason TEXT       the reason, for the record; required
${actorHelp}`;

/** Why a command is ordered, and by whom, as the record names them. */
export function readOrder(
  args: CommandArguments,
  io: Pick<CommandIo, 'env'>,
): { readonly reason: string; readonly actor: string } {
  return { reason: requiredReason(args), actor: readActor(args, io) };
}

/** The person who orders a command. */
export function readActor(args: CommandArguments, { env }: Pick<CommandIo, 'env'>): string {
  const names = [textOption(args, 'actor'), env['TAGRELAY_ACTOR']];
  return names.find((name) => name !== undefined && name.trim() !== '') ?? userInfo().username;
}

/** @throws {UsageError} without a reason */
export function requiredReason(args: CommandArguments): string {
  const reason = textOption(args, 'reason')?.trim() ?? '';
  if (reason === '') throw new UsageError('expected --reason: it is kept in the record');
  return reason;
}
