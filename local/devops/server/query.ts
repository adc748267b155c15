import { invalidArgument } from './service-error.ts';

/** The query of a request; names are compared without regard to case, as the service does. */
export class Query {
  readonly #values = new Map<string, string>();

  constructor(parameters: URLSearchParams) {
    for (const [name, value] of parameters) {
      const key = name.toLowerCase();
      if (!this.#values.has(key)) this.#values.set(key, value);
    }
  }

  /** The first of these parameters that is given and not empty. */
  text(...names: readonly string[]): string | undefined {
    return names
      .map((name) => this.#values.get(name.toLowerCase()))
      .find((value) => value !== undefined && value !== '');
  }

  flag(...names: readonly string[]): boolean {
    return this.text(...names)?.toLowerCase() === 'true';
  }

  /** A whole number from 0, or `fallback`. */
  count(fallback: number, ...names: readonly string[]): number {
    const text = this.text(...names);
    if (text === undefined) return fallback;
    if (!/^\d{1,9}$/.test(text))
      throw invalidArgument(`The value '${text}' is not a whole number from 0.`, names.join(' or '));
    return Number(text);
  }
}
