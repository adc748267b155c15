import type { Address } from './address.ts';

/** A view of the page. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  /** Reads the data again and shows the changes. @throws {ApiError} */
  readonly refresh: () => Promise<void>;
}

export type MakeView = (address: Address) => View;
