import { Plan } from './plan.ts';
import type { PlanOptions, TaskResult } from './plan.ts';

/** The plans since the emulator was started. */
export class PlanBook {
  readonly #plans = new Map<string, Plan>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The plan with this id; made where there is none. */
  open(options: PlanOptions): Plan {
    const known = this.get(options.planId);
    if (known) return known;
    const plan = new Plan(options, this.#now);
    this.#plans.set(options.planId.toLowerCase(), plan);
    return plan;
  }

  get(planId: string): Plan | undefined {
    return this.#plans.get(planId.toLowerCase());
  }

  /** Ends a plan, if there is one. */
  end(planId: string, result: TaskResult): void {
    this.get(planId)?.end(result);
  }

  endAll(): void {
    for (const plan of this.#plans.values()) plan.end('abandoned');
  }

  /** Only a plan's own jobs may read it. For any other job the plan does not exist. */
  tokensFor(planId: string): readonly string[] {
    const plan = this.get(planId);
    return plan ? [plan.token] : this.tokens();
  }

  tokens(): readonly string[] {
    return [...this.#plans.values()].map(({ token }) => token);
  }
}
