import { userInfo } from 'node:os';
import type { CommandArguments, CommandIo } from '../command.ts';
import { textOption } from '../options.ts';

/** The options of a command that people order and that the app keeps with their name. */
export const orderOptions = { reason: { type: 'string' }, actor: { type: 'string' } } as const;

export const orderHelp = `  --reason TEXT  the reason, for the record; required
  --actor NAME   who orders it (else TAGRELAY_ACTOR, or the user of this machine)`;

/** The person who runs the command, as the record names them. */
export function actorOf(args: CommandArguments, { env }: Pick<CommandIo, 'env'>): string {
  const names = [textOption(args, 'actor'), env['TAGRELAY_ACTOR']];
  return names.find((name) => name !== undefined && name.trim() !== '') ?? userInfo().username;
}
