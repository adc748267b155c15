import type { Problem } from '../route.ts';

/**
 * One problem as text, for the app's start, `tagrelay check` and the health report:
 *
 *     ROUTES:4:7  error  routes.payments.environments  unknown field `enviroments`, did you mean `environments`? [unknown-field]
 */
export function formatProblem({
  severity,
  code,
  setting,
  line,
  column,
  route,
  environment,
  field,
  message,
}: Problem): string {
  const place = [setting, line, column].filter((part) => part !== undefined).join(':');
  const subject = [
    ...(route !== undefined && !(field ?? '').includes(route) ? [`route ${route}`] : []),
    ...(environment !== undefined ? [`environment ${environment}`] : []),
    ...(field !== undefined ? [field] : []),
  ].join(', ');
  return `${place}  ${severity}  ${subject === '' ? '' : `${subject}: `}${message} [${code}]`;
}

/** All problems, one per line. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}
