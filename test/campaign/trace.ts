import type { Deployment } from '../../src/lib/model/deployment.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import type { HistoryCommit } from './history.ts';

/** Everything that was logged, pushed and done, in order, to tell afterwards what an update went through. */
export class Trace {
  readonly #startedAt = performance.now();
  readonly #lines: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #explained: string[] = [];

  add(line: string): void {
    this.#lines.push(`${((performance.now() - this.#startedAt) / 1000).toFixed(3).padStart(8)} ${line}`);
    const { event, fields } = parseLogLine(line.replace(/^p\d+ /, '')) ?? {};
    if (event === undefined) return;
    const name = fields?.['code'] === undefined ? event : `${event} ${fields['code']}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** How often each event was logged, with its code, by name. */
  counts(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Remembers what an update went through: its record, the commits that name it, and every line about it. */
  explain(id: string, histories: ReadonlyMap<string, readonly HistoryCommit[]>, record: Deployment | undefined): void {
    const commits = [...histories].flatMap(([branch, history]) =>
      history.flatMap((commit, index) =>
        commit.trailers.some((trailer) => trailer.id === id) ? [`commit ${index} of ${branch}: ${commit.id}`] : [],
      ),
    );
    const wanted = [
      id,
      ...commits.map((text) => text.slice(-40)),
      ...(record?.commit === undefined ? [] : [record.commit]),
    ];
    const route = record?.update.route;
    const lines = this.#lines.filter(
      (line) =>
        wanted.some((text) => line.includes(text)) || (route !== undefined && line.includes(` route=${route} `)),
    );
    this.#explained.push(`--- ${id}`, `record ${JSON.stringify(record)}`, ...commits, ...lines.slice(0, 80));
  }

  toString(): string {
    return this.#explained.join('\n');
  }

  /** Every line. */
  all(): string {
    return this.#lines.join('\n');
  }
}
