import { TableClient } from '@azure/data-tables';
import { inflateRawSync } from 'node:zlib';
import { git } from '../../local/git.ts';
import { observer } from './call-faults.ts';
import type { FaultedApp } from './app.ts';

/** Everything that is there when a scenario has come to rest, without times and random names. */
export interface EndState {
  readonly rows: readonly string[];
  readonly messages: readonly string[];
  readonly branches: readonly string[];
  readonly pullRequests: readonly string[];
}

/**
 * Rows of what ran when, which a repetition writes at other times: last runs, the counts of retries, and by hour which states
 * the trail has.
 */
const unstable = /^\|(?:schedule|time|retries|audited)$/;

export async function readEndState(app: FaultedApp): Promise<EndState> {
  const branches = await readBranches(app.bare);
  const shorten = shortener(branches.flatMap(({ commits }) => commits.map(({ id }) => id)));
  const messages: string[] = [];
  for await (const { name } of app.queues.listQueues()) {
    const { approximateMessagesCount = 0 } = await app.queues.getQueueClient(name).getProperties();
    if (approximateMessagesCount > 0) messages.push(`${approximateMessagesCount} in ${name}`);
  }
  const client = TableClient.fromConnectionString(app.storage.connectionString, 'tagrelay', {
    allowInsecureConnection: true,
    userAgentOptions: { userAgentPrefix: observer },
  });
  const found: { readonly partitionKey: string; readonly rowKey: string; readonly text: string }[] = [];
  for await (const {
    partitionKey = '',
    rowKey = '',
    etag: _etag,
    timestamp: _time,
    ...values
  } of client.listEntities()) {
    const text = shorten(`${partitionKey} ${rowKey} ${JSON.stringify(sorted(values))}`);
    if (!unstable.test(partitionKey)) found.push({ partitionKey, rowKey, text });
  }
  const marked = new Set(found.filter(({ rowKey }) => rowKey === 'mark').map(({ partitionKey }) => partitionKey));
  // A try that did not push keeps that Git had no mark; the mark replaces it.
  const rows = found.filter(({ partitionKey, rowKey }) => rowKey !== 'mark-absent' || !marked.has(partitionKey));
  const pullRequests = await listPullRequests(app);
  return {
    rows: rows.map(({ text }) => text).toSorted(),
    messages,
    branches: branches.map(({ name, commits, files }) =>
      shorten([name, ...commits.map(({ message }) => message), files].join('\n')),
    ),
    pullRequests,
  };
}

/** The properties of a row, with the fields of its value in the order of their names. */
function sorted(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { value0 } = values;
  if (typeof value0 !== 'string') return values;
  const fields = Object.entries(JSON.parse(value0) as object).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = fields.map(([name, value]) => [
    name,
    name === 'columns' ? countsOf(String(value)) : name === 'records' ? keysOf(value as object) : (value as unknown),
  ]);
  return { ...values, value0: JSON.stringify(Object.fromEntries(text)) };
}

/** The keys of past records, without the hashes of their commits. */
function keysOf(records: object): readonly string[] {
  return Object.values(records).flat().map(String).toSorted();
}

/** Figures without the durations that they list: how many there are of each. */
function countsOf(columns: string): string {
  const figures = inflateRawSync(Buffer.from(columns, 'base64')).toString('utf8');
  return figures.replaceAll(/"values":\[([-\d,.]*)\]/g, (_, list: string) => `${list.split(',').length} durations`);
}

async function readBranches(bare: string) {
  const names = (await git(['for-each-ref', '--format=%(refname:short)', 'refs/heads'], bare)).trim().split('\n');
  return Promise.all(
    names.map(async (name) => {
      const log = await git(['log', '--reverse', '--topo-order', '--format=%H%x01%B%x02', name], bare);
      const commits = log
        .split('\u0002')
        .map((text) => text.trim().split('\u0001'))
        .flatMap(([id, message = '']) => (id ? [{ id, message }] : []));
      const paths = (await git(['ls-tree', '-r', '--name-only', name], bare)).trim().split('\n');
      const files = await Promise.all(
        paths.map(async (path) => `${path}: ${await git(['show', `${name}:${path}`], bare)}`),
      );
      return { name, commits, files: files.join('\n') };
    }),
  );
}

async function listPullRequests({ devops }: FaultedApp): Promise<readonly string[]> {
  const url = `${devops.url}/contoso/platform/_apis/git/repositories/gitops/pullrequests?searchCriteria.status=all&api-version=7.1`;
  const answer = await fetch(url, { headers: { authorization: `Basic ${btoa(':token')}` } });
  const { value } = (await answer.json()) as {
    readonly value: readonly { readonly pullRequestId: number; readonly status: string; readonly title: string }[];
  };
  return value.map(({ pullRequestId, status, title }) => `${pullRequestId} ${status} ${title}`);
}

function shortener(commits: readonly string[]): (text: string) => string {
  const names = new Map<string, string>();
  for (const id of commits) if (!names.has(id)) names.set(id, `commit-${names.size}`);
  return (text) =>
    text
      .replaceAll(/\b[0-9a-f]{40}\b/g, (id) => names.get(id) ?? id)
      .replaceAll(/\b[0-9a-f]{7,12}\b/g, (id) => (commits.some((commit) => commit.startsWith(id)) ? '<commit>' : id))
      // Named by the hash of a commit or of all lookups, and by the ids of a pipeline's task.
      .replaceAll(/\|posted\|[0-9a-f]{40}/g, '|posted|<target>')
      .replaceAll(/(?<=^\|records recent\|[^|]*\|)[0-9a-f]{8}/g, '<lookups>')
      .replaceAll(/(?<=^\|records past\|)x\d{13}/g, '<last>')
      .replaceAll(/(?<=^\|records recent.*"removed.*)\b[0-9a-f]{16}\b/g, '<lookup>')
      .replaceAll(/\|gate\|[0-9a-f]{2} [0-9a-f]{32}/g, '|gate|<gate>')
      .replaceAll(/(?<=\|open-gates |"id\\?":\\?"(?=[0-9a-f]{32}\\?",\\?"(?:lines|task)))[0-9a-f]{32}/g, '<gate>')
      // A gate's log shows the states that its evaluations saw.
      .replaceAll(/\\"lines\\":\[.*?\](?=,\\"(?:openedAt|result))/g, '<lines>')
      // The hour in which a record was made.
      .replaceAll(/hour\|\d{4}-\d\d-\d\dT\d\d/g, 'hour|<hour>')
      // The hash of a record with its times.
      .replaceAll(/(?<=[0-9a-f]{32}\\":\\")[\w-]{16}(?=\\")/g, '<record>')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g, '<time>')
      .replaceAll(/\b\d{2}:\d{2}:\d{2}\b/g, '<time>')
      .replaceAll(/\b\d{13}-/g, '<time>-')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>');
}
