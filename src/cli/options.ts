import { UsageError, type CommandArguments } from './command.ts';

/** The text of an option that may be given once. */
export function textOption({ values }: CommandArguments, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The texts of an option that may be given several times. */
export function textOptions({ values }: CommandArguments, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Folders of checkouts: arguments, and values of `--checkout`. */
export function checkoutOptions(args: CommandArguments): readonly string[] {
  return [...args.positionals, ...textOptions(args, 'checkout')];
}

export function flag({ values }: CommandArguments, name: string): boolean {
  return values[name] === true;
}

/** The text of an option that has to be one of a few. */
export function choice<T extends string>(args: CommandArguments, name: string, choices: readonly T[]): T | undefined {
  const value = textOption(args, name);
  const found = choices.find((one) => one === value);
  if (value !== undefined && found === undefined) {
    throw new UsageError(`--${name} is \`${value}\`; expected one of ${choices.join(', ')}`);
  }
  return found;
}
