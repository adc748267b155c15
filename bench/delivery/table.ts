/** A table that shows each row as soon as it is measured, and all of them in Markdown at the end. */
export class Table {
  readonly #head: readonly string[];
  readonly #rows: (readonly string[])[] = [];

  constructor(head: readonly string[]) {
    this.#head = head;
  }

  add(row: readonly string[]): void {
    this.#rows.push(row);
    process.stderr.write(`${row.filter((cell) => cell !== '').join(' · ')}\n`);
  }

  print(): void {
    const widths = this.#head.map((name, column) =>
      Math.max(name.length, ...this.#rows.map((row) => row[column]?.length ?? 0)),
    );
    const pad = (cell: string, column: number): string =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
    const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
    for (const row of [this.#head, rule, ...this.#rows]) process.stdout.write(`| ${row.map(pad).join(' | ')} |\n`);
    process.stdout.write('\n');
  }
}
