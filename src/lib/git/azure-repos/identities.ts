import { z } from 'zod';
import type { DevOpsHttp } from '../../azure-devops/http.ts';
import { Failure } from '../../model/failure.ts';
import type { FoundReviewers } from '../pull-requests.ts';

const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const identitiesSchema = z.object({ value: z.array(z.object({ id: z.string(), isActive: z.boolean().optional() })) });

/**
 * Finds the ids of reviewers by mail address, then by account name ("Identities - Read Identities" in the REST
 * reference); the client package has no call for it. Results are kept for the life of the process.
 */
export function makeFindReviewers(
  endpoint: string,
  http: DevOpsHttp,
): (names: readonly string[]) => Promise<FoundReviewers> {
  const known = new Map<string, string>();

  async function find(name: string): Promise<string | undefined> {
    if (idPattern.test(name)) return name;
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    const id = (await search('MailAddress', name)) ?? (await search('AccountName', name));
    if (id !== undefined) known.set(name, id);
    return id;
  }

  /** The one active identity; several are as good as none. */
  async function search(filter: string, value: string): Promise<string | undefined> {
    const query = new URLSearchParams({ searchFilter: filter, filterValue: value, queryMembership: 'None' });
    const url = `${endpoint}/_apis/identities?${query.toString()}`;
    const text = await (await http.get(url, { accept: 'application/json;api-version=7.1' })).readBody();
    const answer = identitiesSchema.safeParse(parse(text));
    if (!answer.success) {
      throw new Failure('answer-not-understood', 'Azure DevOps answered a search for a reviewer with something else.');
    }
    const active = answer.data.value.filter(({ isActive }) => isActive !== false);
    return active.length === 1 ? active[0]?.id : undefined;
  }

  return async (names) => {
    const ids = await Promise.all(names.map(find));
    return {
      ids: [...new Set(ids.filter((id) => id !== undefined))],
      unknown: names.filter((_name, index) => ids[index] === undefined),
    };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The schema refuses it.
  }
}
