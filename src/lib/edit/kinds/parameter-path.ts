import { keys } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import type { Slot } from '../yaml/place.ts';

/** The list of Helm parameters in a source. */
export const parameterList = keys('helm', 'parameters');

/** The path of the value of a parameter: below a source, or of the document if the source is given. */
export function parameterPath(source: Slot | undefined, name: string): Path {
  const member = { kind: 'member', field: 'name', value: name } as const;
  return [...(source?.path ?? []), ...parameterList, member, ...keys('value')];
}
