import { loadRoutes, type LoadOptions, type LoadedRoutes } from '../../../src/lib/routes/load.ts';
import type { ProblemCode } from '../../../src/lib/routes/read/problem-codes.ts';

/** Loads one document, or several by their settings. */
export function loadText(
  text: string | Readonly<Record<string, string>>,
  options: Partial<LoadOptions> = {},
): LoadedRoutes {
  const documents = typeof text === 'string' ? { ROUTES: text } : text;
  return loadRoutes(
    Object.entries(documents).map(([setting, text]) => ({ setting, text })),
    { azureDevOpsCollections: [], registries: [], ...options },
  );
}

/** Codes of the problems of one severity, in order. */
export function codesOf(
  text: string | Readonly<Record<string, string>>,
  severity: 'error' | 'warning',
  options?: Partial<LoadOptions>,
): readonly ProblemCode[] {
  return loadText(text, options)
    .problems.filter((problem) => problem.severity === severity)
    .map(({ code }) => code);
}
