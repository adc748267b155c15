import { assembleRoutes, type InitInput } from './assemble.ts';
import { findUncovered, showUncovered, type Uncovered } from './coverage.ts';
import type { InitResult } from './sound-routes.ts';
import { verifyRoutes } from './verify.ts';

export interface CheckoutResult extends InitResult {
  /** Each place that names an image and that no route writes. */
  readonly places: readonly Uncovered[];
  /** Registries that the setting `REGISTRIES` must name. */
  readonly registriesToName: readonly string[];
}

/** Guesses routes, and plans them on the checkout: a place that the plan cannot write is left out, with the reason. */
export async function guessRoutes(input: InitInput, root: string | undefined): Promise<CheckoutResult> {
  const refused = new Map<string, string>();
  for (;;) {
    const assembled = assembleRoutes({ ...input, refused });
    const { text, placed, leftOut, untagged, isOwn, registriesToName, render, routes, notes } = assembled;
    const verified = root === undefined || text === undefined ? undefined : await verifyRoutes(text, placed, root);
    const refusals = verified?.refusals.filter(({ file, image }) => !refused.has(`${file} ${image}`)) ?? [];
    for (const { file, image, reason } of refusals) refused.set(`${file} ${image}`, reason);
    if (refusals.length > 0) continue;
    const written = verified?.written ?? new Map<string, ReadonlySet<number>>();
    const places = findUncovered(input.files, { leftOut, untagged, written, isOwn });
    const listed = [
      ...notes.filter((note) => note.includes(' is left out: ')),
      ...showUncovered(places).map((line) => `not written: ${line}`),
    ];
    return { text: text && render(listed), routes, notes, places, registriesToName };
  }
}
