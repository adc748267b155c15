/** One row to be written, whatever is there. */
export interface Put {
  readonly rowKey: string;
  readonly value: object;
}

interface Waiting extends Put {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Table Storage takes so many rows in a transaction. */
const largestTransaction = 100;

/**
 * Rows of one partition go into one transaction: while one is on its way, later rows gather, and the next takes them all.
 * So the index rows of a commit's hundred updates cost one or two requests, and a single row does not wait.
 *
 * @param write writes rows of one partition, each key once; all of them or none
 * @returns writes a row, and settles when it is there
 */
export function gatherPuts(
  write: (partitionKey: string, puts: readonly Put[]) => Promise<void>,
): (partitionKey: string, put: Put) => Promise<void> {
  const partitions = new Map<string, Waiting[]>();

  /** Never rejects: whatever goes wrong reaches those who wait. */
  async function run(partitionKey: string, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) {
      const taken = waiting.splice(0, largestTransaction);
      // Of two writes of one row the later one counts.
      const puts = new Map(taken.map(({ rowKey, value }) => [rowKey, { rowKey, value }]));
      try {
        await write(partitionKey, [...puts.values()]);
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    partitions.delete(partitionKey);
  }

  return (partitionKey, put) =>
    new Promise((resolve, reject) => {
      const one = { ...put, resolve, reject };
      const waiting = partitions.get(partitionKey);
      if (waiting) waiting.push(one);
      else {
        const first = [one];
        partitions.set(partitionKey, first);
        void run(partitionKey, first);
      }
    });
}
