import type { TableClient, TransactionAction } from '@azure/data-tables';
import { atOnce } from './turn.ts';
import type { Turn } from './turn.ts';

type Entity = Readonly<Record<string, unknown>>;
interface StoredRow {
  readonly entity: Entity;
  readonly etag: string;
  readonly writtenAt: number;
}
interface Partition {
  readonly rows: Map<string, StoredRow>;
  /** In their order. */
  readonly keys: string[];
}
/** The calls of `TableClient` that the app makes. */
type UsedClient = Pick<
  TableClient,
  | 'createTable'
  | 'getEntity'
  | 'listEntities'
  | 'createEntity'
  | 'updateEntity'
  | 'upsertEntity'
  | 'deleteEntity'
  | 'submitTransaction'
>;

class TableError extends Error {
  readonly statusCode: number;
  constructor(statusCode: number) {
    super(`table storage answered ${statusCode}`);
    this.statusCode = statusCode;
  }
}

/** Rows of a table in memory, written by ETag as Table Storage does. */
export class MemoryTable {
  readonly #partitions = new Map<string, Partition>();
  /** The keys of the partitions, in their order. */
  readonly #order: string[] = [];
  readonly #now: () => Date;
  #version = 0;
  /** The rows of ranges that lists have passed, with those that their filters left out. */
  rowsPassed = 0;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** A client of one process. */
  client(turn: Turn = atOnce): TableClient {
    const client: Record<keyof UsedClient, unknown> = {
      createTable: () => Promise.resolve(),
      getEntity: (partition: string, row: string) =>
        turn(`read ${partition} ${row}`, () => this.#entity(this.#find(partition, row))),
      listEntities: ({ queryOptions = {} }: { queryOptions?: { filter?: string } } = {}) =>
        this.#list(queryOptions.filter ?? '', turn),
      createEntity: (entity: Entity) => turn(nameOf('create', entity), () => this.#write(['create', entity])),
      updateEntity: (entity: Entity, _mode: string, options: { etag?: string } = {}) =>
        turn(nameOf('update', entity), () => this.#write(['update', entity, 'Replace', options])),
      upsertEntity: (entity: Entity, mode: 'Merge' | 'Replace' = 'Merge') =>
        turn(nameOf('upsert', entity), () => this.#write(['upsert', entity, mode])),
      deleteEntity: (partitionKey: string, rowKey: string, { etag = '*' }: { etag?: string } = {}) =>
        turn(`delete ${partitionKey} ${rowKey}`, () => this.#remove(partitionKey, rowKey, etag)),
      submitTransaction: (actions: TransactionAction[]) =>
        turn(`transaction of ${actions.length}`, () => this.#submit(actions)),
    };
    return client as unknown as TableClient;
  }

  /** Writes many rows at once, whatever is there. */
  insert(entities: readonly Entity[]): void {
    for (const entity of entities) {
      const { partition, rowKey } = keysOf(entity);
      this.#version += 1;
      const row = { entity, etag: `W/"${this.#version}"`, writtenAt: this.#now().getTime() };
      this.#partition(partition).rows.set(rowKey, row);
    }
    for (const { rows, keys } of this.#partitions.values()) {
      keys.length = 0;
      for (const key of [...rows.keys()].toSorted()) keys.push(key);
    }
  }

  /** The keys of the partitions that have rows. */
  partitions(): readonly string[] {
    return this.#order.filter((key) => this.#partition(key).keys.length > 0);
  }

  /** The rows of a partition. */
  entities(partition: string): readonly Entity[] {
    const { keys, rows } = this.#partition(partition);
    return keys.flatMap((key): Entity[] => [rows.get(key)?.entity ?? {}]);
  }

  #partition(key: string): Partition {
    const known = this.#partitions.get(key);
    if (known) return known;
    const made: Partition = { rows: new Map(), keys: [] };
    this.#partitions.set(key, made);
    this.#order.splice(lowerBound(this.#order, key), 0, key);
    return made;
  }

  #find(partition: string, row: string): StoredRow {
    const found = this.#partition(partition).rows.get(row);
    if (!found) throw new TableError(404);
    return found;
  }

  #entity({ entity, etag, writtenAt }: StoredRow): object {
    return { ...entity, etag, timestamp: new Date(writtenAt).toISOString() };
  }

  #list(filter: string, turn: Turn) {
    /** The number of rows passed before each row that was found, and before the end. */
    const passed: number[] = [];
    const read = (): object[] => {
      const { partition, partitions, matches } = readFilter(filter);
      const found: object[] = [];
      let count = 0;
      const wanted = partition === undefined ? this.#order.filter(partitions) : [partition];
      for (const { keys, rows } of wanted.map((key) => this.#partition(key))) {
        const { from, to } = matches;
        for (let at = lowerBound(keys, from); at < keys.length; at += 1) {
          const rowKey = keys[at] ?? '';
          if (to !== undefined && rowKey >= to) break;
          const row = rows.get(rowKey);
          if (row && matches.row(rowKey, row)) {
            found.push(this.#entity(row));
            passed.push(count);
          }
          count += 1;
        }
      }
      passed.push(count);
      return found;
    };
    const pageOf = (all: readonly object[], at: number, size: number): readonly object[] => {
      const end = Math.min(at + size, all.length);
      // A full page ends with its last row.
      const last = end === at + size ? (passed[end - 1] ?? 0) + 1 : (passed.at(-1) ?? 0);
      this.rowsPassed += last - (at === 0 ? 0 : (passed[at - 1] ?? 0) + 1);
      return all.slice(at, end);
    };
    async function* pages(size: number) {
      const all = await turn(`list ${filter}`, read);
      yield pageOf(all, 0, size);
      for (let at = size; at < all.length; at += size) {
        yield await turn(`list ${filter} from ${at}`, () => pageOf(all, at, size));
      }
    }
    return {
      byPage: ({ maxPageSize = 1000 }: { maxPageSize?: number } = {}) => pages(maxPageSize),
      async *[Symbol.asyncIterator]() {
        for await (const page of pages(1000)) yield* page;
      },
    };
  }

  #write([kind, entity, mode, options]: readonly [string, Entity, ('Merge' | 'Replace')?, { etag?: string }?]) {
    const { partition, rowKey } = keysOf(entity);
    const { rows, keys } = this.#partition(partition);
    const stored = rows.get(rowKey);
    this.#check(kind, entity, options);
    this.#version += 1;
    const etag = `W/"${this.#version}"`;
    const next = mode === 'Merge' ? { ...stored?.entity, ...entity } : { ...entity };
    rows.set(rowKey, { entity: next, etag, writtenAt: this.#now().getTime() });
    if (!stored) keys.splice(lowerBound(keys, rowKey), 0, rowKey);
    return { etag };
  }

  #check(kind: string, entity: Entity, options: { readonly etag?: string } = {}): void {
    const { partition, rowKey } = keysOf(entity);
    const stored = this.#partition(partition).rows.get(rowKey);
    if (kind === 'create' && stored) throw new TableError(409);
    if ((kind === 'update' || kind === 'delete') && !stored) throw new TableError(404);
    const etag = options.etag ?? '*';
    if (kind === 'update' && etag !== '*' && etag !== stored?.etag) throw new TableError(412);
  }

  #remove(partition: string, rowKey: string, etag: string): void {
    const { rows, keys } = this.#partition(partition);
    const stored = this.#find(partition, rowKey);
    if (etag !== '*' && etag !== stored.etag) throw new TableError(412);
    rows.delete(rowKey);
    keys.splice(lowerBound(keys, rowKey), 1);
  }

  #submit(actions: readonly TransactionAction[]) {
    const parts = actions.map((action) => action as unknown as [string, Entity, ('Merge' | 'Replace')?, object?]);
    const names = parts.map(([, entity]) => JSON.stringify(keysOf(entity)));
    if (parts.length > 100 || new Set(names).size < names.length) throw new TableError(400);
    for (const [kind, entity, , options] of parts) this.#check(kind, entity, options);
    const subResponses = parts.map((part) => {
      const [kind, entity] = part;
      const { partition, rowKey } = keysOf(entity);
      if (kind !== 'delete') return Object.assign({ status: 204, rowKey }, this.#write(part));
      this.#remove(partition, rowKey, '*');
      return { status: 204, rowKey };
    });
    return { status: 202, subResponses };
  }
}

function keysOf({ partitionKey, rowKey }: Entity): { readonly partition: string; readonly rowKey: string } {
  return { partition: String(partitionKey), rowKey: String(rowKey) };
}

function nameOf(verb: string, entity: Entity): string {
  const { partition, rowKey } = keysOf(entity);
  return `${verb} ${partition} ${rowKey}`;
}

/** The place of the first key that is not less. */
function lowerBound(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const comparisons: Readonly<Record<string, (a: string | number, b: string | number) => boolean>> = {
  eq: (a, b) => a === b,
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
  lt: (a, b) => a < b,
};

interface Filter {
  /** The only partition. */
  readonly partition?: string;
  readonly partitions: (key: string) => boolean;
  readonly matches: {
    readonly from: string;
    readonly to: string | undefined;
    readonly row: (rowKey: string, row: StoredRow) => boolean;
  };
}

/** An OData filter of comparisons that `and` joins. */
function readFilter(filter: string): Filter {
  const terms = [...filter.matchAll(/(\w+) (eq|ge|gt|lt) (?:datetime)?('(?:[^']|'')*'|\d+)(?: and |$)/g)];
  if (terms.map(([text]) => text).join('') !== filter) throw new Error(`the filter is not known: ${filter}`);
  const parsed = terms.map(([, column = '', operator = '', text = '']) => {
    const value = text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : Number(text);
    return { column, compare: comparisons[operator] ?? (() => false), operator, value };
  });
  const of = (column: string) => parsed.filter((term) => term.column === column);
  const others = parsed.filter(({ column }) => column !== 'PartitionKey');
  const bound = (operators: readonly string[]): string | undefined =>
    of('RowKey')
      .filter(({ operator }) => operators.includes(operator))
      .map(({ value }) => String(value))[0];
  const ofOne = of('PartitionKey').find(({ operator }) => operator === 'eq');
  return {
    ...(ofOne && { partition: String(ofOne.value) }),
    partitions: (key: string) => of('PartitionKey').every(({ compare, value }) => compare(key, value)),
    matches: {
      from: bound(['eq', 'ge', 'gt']) ?? '',
      to: bound(['lt']),
      row: (rowKey: string, { entity, writtenAt }: StoredRow) =>
        others.every(({ column, compare, value }) => {
          const own =
            column === 'RowKey' ? rowKey : column === 'Timestamp' ? new Date(writtenAt).toISOString() : entity[column];
          return (typeof own === 'string' || typeof own === 'number') && compare(own, value);
        }),
    },
  };
}
