import { type ProblemCode, problemSeverities } from './problem-codes.ts';
import type { Problem } from '../route.ts';

/** The details of a problem; its code determines the severity. */
export type ProblemDetails = Omit<Problem, 'severity' | 'code'>;

/**
 * Collects problems. Many routes can inherit one line, so a problem with the same position and message is listed once,
 * with the number of routes.
 */
export class Problems {
  private readonly found = new Map<string, { readonly problem: Problem; readonly routes: Set<string | undefined> }>();

  add(code: ProblemCode, details: ProblemDetails): void {
    const problem: Problem = { severity: problemSeverities[code], code, ...details };
    const { setting, line, column, field, message } = problem;
    const key = JSON.stringify([code, setting, line, column, line === undefined ? field : '', message]);
    const known = this.found.get(key) ?? { problem, routes: new Set() };
    known.routes.add(details.route);
    this.found.set(key, known);
  }

  addAll(problems: Iterable<Problem>): void {
    for (const { severity: _, code, ...details } of problems) this.add(code, details);
  }

  get hasErrors(): boolean {
    return [...this.found.values()].some(({ problem }) => problem.severity === 'error');
  }

  /** All problems: errors first, then by setting and position. */
  list(): readonly Problem[] {
    return Array.from(this.found.values(), withRouteCount).toSorted(
      (a, b) =>
        Number(a.severity === 'warning') - Number(b.severity === 'warning') ||
        compare(a.setting, b.setting) ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
  }
}

function withRouteCount({
  problem,
  routes,
}: {
  readonly problem: Problem;
  readonly routes: ReadonlySet<string | undefined>;
}): Problem {
  if (routes.size < 2) return problem;
  const { route: _, ...rest } = problem;
  return { ...rest, message: `${problem.message} (in ${routes.size} routes)` };
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
