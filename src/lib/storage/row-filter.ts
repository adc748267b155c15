import type { Columns } from './stored-value.ts';

/** Rows of a partition, in the order of their keys. */
export interface RowRange {
  /** The keys begin so. */
  readonly prefix?: string;
  /** The keys are greater. */
  readonly after?: string;
  /** The keys are less. */
  readonly before?: string;
  /** The columns have these values. */
  readonly where?: Columns;
}

/** The OData filter of a range. */
export function rangeFilter(partitionKey: string, { prefix = '', after, before, where = {} }: RowRange): string {
  const lowest = after !== undefined && after >= prefix ? `RowKey gt ${quote(after)}` : `RowKey ge ${quote(prefix)}`;
  return [
    `PartitionKey eq ${quote(partitionKey)}`,
    ...(prefix === '' && after === undefined ? [] : [lowest]),
    ...(before === undefined && prefix === '' ? [] : [`RowKey lt ${quote(before ?? endOf(prefix))}`]),
    ...Object.entries(where).map(([name, value]) => `${name} eq ${typeof value === 'number' ? value : quote(value)}`),
  ].join(' and ');
}

/** The OData filter of all partitions whose keys begin so. */
export function partitionsFilter(prefix: string): string {
  return `PartitionKey ge ${quote(prefix)} and PartitionKey lt ${quote(endOf(prefix))}`;
}

/** The OData filter of the rows of such partitions that have not been written since a time. */
export function unchangedFilter(partitionPrefix: string, before: Date): string {
  return `${partitionsFilter(partitionPrefix)} and Timestamp lt datetime'${before.toISOString()}'`;
}

/** Greater than every key with the prefix: keys hold printable ASCII characters. */
function endOf(prefix: string): string {
  return `${prefix}~`;
}

/** A text in a filter (OData: a quote is doubled). */
function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
