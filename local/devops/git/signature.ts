import { localIdentity } from '../server/identity.ts';
import { invalidArgument } from '../server/service-error.ts';
import type { Signature } from '../store/commit.ts';
import type { Person } from './push-request.ts';

/** Author or committer of a commit; what the request leaves out is the caller's, now. The date keeps its offset. */
export function toSignature(person: Person, now: Date, parameter: string): Signature {
  const { seconds, offset } =
    person?.date === undefined ? { seconds: toSeconds(now), offset: '+0000' } : parseDate(person.date, parameter);
  return {
    name: person?.name ?? localIdentity.displayName,
    email: person?.email ?? localIdentity.uniqueName,
    seconds,
    offset,
  };
}

function parseDate(text: string, parameter: string): Pick<Signature, 'seconds' | 'offset'> {
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
  const hasZone = sign !== undefined || /z$/i.test(text);
  const date = new Date(hasZone ? text : `${text}Z`);
  if (Number.isNaN(date.getTime()) || date.getTime() < 0 || !text.includes('T')) {
    throw invalidArgument(`'${text}' is not a date such as 2026-11-20T10:00:00Z.`, `${parameter}.date`);
  }
  return { seconds: toSeconds(date), offset: sign === undefined ? '+0000' : `${sign}${hours}${minutes}` };
}

function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
