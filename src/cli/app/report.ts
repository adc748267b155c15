import { z } from 'zod';
import type { Command, CommandArguments, CommandIo, ExitCode } from '../command.ts';
import { flag } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { periodHelp, periodOptions, periodQuery } from './period-options.ts';
import { formatCsv } from '../csv.ts';
import { formatColumns } from '../columns.ts';

const help = `
Prints deployment frequency, lead time, change failure rate and time to restore of each route and environment. Durations
are medians. docs/figures.md defines the figures.

  ${periodHelp}
  --csv               print comma-separated values, with each step in seconds
${appHelp}

Exit code 0: printed; 1: the app refuses or does not answer; 2: usage error.
`;

/** `tagrelay report`: figures of a period. */
export const reportCommand: Command = {
  name: 'report',
  summary: 'print deployment frequency, lead time, change failure rate and time to restore',
  help,
  options: {
    ...periodOptions,
    csv: { type: 'boolean' },
    ...appOptions,
  },
  run: report,
};

const spreadSchema = z.object({ median: z.number(), p90: z.number() });
const figuresSchema = z.object({
  deployments: z.number(),
  deploymentsPerDay: z.number(),
  durations: z.record(z.string(), spreadSchema),
  changes: z.number(),
  failedChanges: z.number(),
  changeFailureRate: z.number().optional(),
  timeToRestore: spreadSchema.optional(),
  failing: z.number(),
});
type Figures = z.infer<typeof figuresSchema>;
const answerSchema = z.object({
  period: z.object({ first: z.string(), last: z.string(), days: z.number() }),
  total: figuresSchema,
  environments: z.array(figuresSchema.extend({ route: z.string(), environment: z.string() })),
});

async function report(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const query = periodQuery(args);
  const { value, json } = await makeAppClient(args, io).call('GET', `metrics?${query.toString()}`, answerSchema);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if (flag(args, 'csv')) io.stdout.write(formatCsv([csvHead, ...rowsOf(value, csvRow)]));
  else io.stdout.write(table(value));
  return 0;
}

function rowsOf(
  { environments, total }: z.infer<typeof answerSchema>,
  format: (figures: Figures) => readonly string[],
): readonly (readonly string[])[] {
  const rows = environments.map((one) => [one.route, one.environment, ...format(one)]);
  return [...rows, ['all', '', ...format(total)]];
}

function table(answer: z.infer<typeof answerSchema>): string {
  const { first, last, days } = answer.period;
  const head = ['route', 'environment', 'deployments', 'per day', 'lead time', 'failed', 'restored in', 'failing'];
  return `${first} to ${last}, ${days} days (UTC)\n\n${formatColumns([head, ...rowsOf(answer, tableRow)])}`;
}

function tableRow(figures: Figures): readonly string[] {
  const { deployments, deploymentsPerDay, durations, changeFailureRate, timeToRestore, failing } = figures;
  return [
    String(deployments),
    deploymentsPerDay.toFixed(1),
    formatSeconds(durations['lead']?.median),
    changeFailureRate === undefined ? '' : `${(changeFailureRate * 100).toFixed(0)} %`,
    formatSeconds(timeToRestore?.median),
    failing === 0 ? '' : String(failing),
  ];
}

const steps = ['lead', 'build', 'queue', 'commit', 'sync', 'health'];
const csvHead = [
  'route',
  'environment',
  'deployments',
  'deployments_per_day',
  'changes',
  'failed_changes',
  'change_failure_rate',
  'restore_seconds',
  'restore_p90_seconds',
  'failing',
  ...steps.flatMap((step) => [`${step}_seconds`, `${step}_p90_seconds`]),
];

function csvRow(figures: Figures): readonly string[] {
  const { deployments, deploymentsPerDay, changes, failedChanges, changeFailureRate, timeToRestore } = figures;
  const numbers = [
    deployments,
    deploymentsPerDay,
    changes,
    failedChanges,
    changeFailureRate,
    timeToRestore?.median,
    timeToRestore?.p90,
    figures.failing,
    ...steps.flatMap((step) => [figures.durations[step]?.median, figures.durations[step]?.p90]),
  ];
  return numbers.map((number) => (number === undefined ? '' : String(number)));
}

/** `45 s`, `12 min`, `3.5 h`, `2.1 d`. */
function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}
