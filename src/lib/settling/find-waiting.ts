import type { Deployment } from '../model/deployment.ts';
import { isWaiting } from '../model/is-open.ts';
import type { SettleStore } from './settle-store.ts';

/** Records of an application are read in pages of this size until one waits. */
const rowsPerPage = 50;

/** The newest records that wait for an application: those of the first page that has one. */
export async function findWaiting(
  application: string,
  results: Pick<SettleStore, 'open'>,
): Promise<readonly Deployment[]> {
  const records: Deployment[] = [];
  for (let after: string | undefined; ;) {
    const rows = await results.open(application, { limit: rowsPerPage, ...(after !== undefined && { after }) });
    records.push(...rows.flatMap(({ deployment }) => (isWaiting(deployment) ? [deployment] : [])));
    after = rows.at(-1)?.rowKey;
    if (records.length > 0 || rows.length < rowsPerPage) return records;
  }
}

/** Whether a record waits for the applications themselves, and not for the merge of its pull request. */
export function waitsForArgoCd({ state }: Pick<Deployment, 'state'>): boolean {
  return state !== 'pull-request' && isWaiting({ state });
}
