import { createHash } from 'node:crypto';
import { evaluate } from '../expression/evaluate.ts';
import { timeFunctions } from '../expression/time.ts';
import { formatValue } from '../go-value.ts';
import type { Condition } from './configuration.ts';

export interface ConditionResult {
  /** `[index].hash`, as Argo CD's state names a condition. */
  readonly key: string;
  readonly isTriggered: boolean;
  /** Empty without `oncePer`, or with an empty value of it. */
  readonly oncePer: string;
}

/** Evaluates the conditions of a trigger like Argo CD: a failing expression is false, and is logged. */
export function evaluateConditions(
  conditions: readonly Condition[],
  app: object,
  log: (message: string) => void,
  now: () => number = Date.now,
): readonly ConditionResult[] {
  const attempt = (condition: Condition, run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      log(`${condition.text} cannot be evaluated: ${String(error)}`);
      return undefined;
    }
  };
  const variables = { app, time: timeFunctions(now) };
  return conditions.map((condition, index) => {
    const isTriggered = attempt(condition, () => evaluate(condition.when, variables)) === true;
    const { oncePer } = condition;
    const value =
      isTriggered && oncePer ? attempt(condition, () => formatValue(evaluate(oncePer, variables))) : undefined;
    const hash = createHash('sha1').update(condition.text).digest('base64url');
    return { key: `[${index}].${hash}`, isTriggered, oncePer: typeof value === 'string' ? value : '' };
  });
}
