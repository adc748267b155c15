import { readPerson } from '../session.ts';

/** A field of an action. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly type?: 'text' | 'datetime-local' | 'checkbox';
  readonly required?: boolean;
  readonly help?: string;
}

export type Values = Readonly<Record<string, string>>;

/** A change that a person orders. */
export interface Action {
  readonly name: string;
  readonly fields: readonly Field[];
  /** The consequences, before they are confirmed; a dry run of the app where it has one. @throws {ApiError} */
  readonly preview: (values: Values) => Promise<readonly string[]>;
  /** @returns what was done @throws {ApiError} */
  readonly run: (values: Values) => Promise<string>;
}

const reasonField: Field = { name: 'reason', label: 'Reason', required: true };
const actorField: Field = {
  name: 'actor',
  label: 'Your name',
  required: true,
  help: 'The audit keeps it as given, with “by key”: the app does not see which key was used.',
};

/** The reason, and the name of a person who is not signed in. */
export function orderFields(): readonly Field[] {
  return readPerson() ? [reasonField] : [reasonField, actorField];
}
