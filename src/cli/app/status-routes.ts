import { z } from 'zod';
import type { CommandArguments, CommandIo, ExitCode } from '../command.ts';
import { findingMark } from '../finding.ts';
import { flag } from '../options.ts';
import { AppError, makeAppClient } from './app-client.ts';

const documentSchema = z.object({
  path: z.string(),
  state: z.string(),
  commit: z.string().optional(),
  badCommit: z.string().optional(),
  errors: z.array(z.string()),
});
const repositorySchema = z.object({
  repository: z.string(),
  branch: z.string().optional(),
  tip: z.string().optional(),
  failure: z.string().optional(),
  documents: z.array(documentSchema),
});
const routesSchema = z.object({
  state: z.string(),
  hash: z.string().optional(),
  repositories: z.array(repositorySchema).default([]),
});
const healthSchema = z.object({ routes: routesSchema, text: z.array(z.string()) });

type Health = z.infer<typeof healthSchema>;
type Repository = z.infer<typeof repositorySchema>;
type Document = z.infer<typeof documentSchema>;

/** `tagrelay status --routes`: the commit in force of each routes document, and the errors of newer ones. */
export async function statusRoutes(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const { value, json } = await readHealth(args, io);
  const { routes, text } = value;
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else io.stdout.write(describe(value, io));
  const isBad = routes.state !== 'current' || text.some((line) => / {2}error {2}/.test(line));
  return isBad ? 1 : 0;
}

/** An app without routes answers 503, with the report. */
async function readHealth(
  args: CommandArguments,
  io: CommandIo,
): Promise<{ readonly value: Health; readonly json: unknown }> {
  try {
    return await makeAppClient(args, io).call('GET', 'health/details', healthSchema);
  } catch (error) {
    const report = error instanceof AppError ? healthSchema.safeParse(error.answer) : undefined;
    if (error instanceof AppError && report?.success) return { value: report.data, json: error.answer };
    throw error;
  }
}

function describe({ routes, text }: Health, io: CommandIo): string {
  const { state, hash = '', repositories } = routes;
  const shown = repositories.flatMap(({ documents }) => documents.flatMap(({ errors }) => errors));
  // Problems of documents end with their text there.
  const others = text.filter((line) => !shown.some((error) => line.endsWith(error)));
  return [
    `routes ${state} ${hash.slice(0, 10)}`.trimEnd(),
    ...repositories.flatMap((repository) => describeRepository(repository, io)),
    ...(others.length === 0 ? [] : ['problems', ...others.map((line) => `  ${line}`)]),
    '',
  ].join('\n');
}

function describeRepository({ repository, branch, tip, failure, documents }: Repository, io: CommandIo) {
  const place = [repository, branch, tip && `at ${tip.slice(0, 10)}`].filter(Boolean).join(' ');
  const width = Math.max(0, ...documents.map(({ path }) => path.length));
  return [
    place,
    ...(failure === undefined ? [] : [`  ${findingMark({ state: 'failed' }, io)} not read: ${failure}`]),
    ...(tip !== undefined && documents.length === 0 ? [`  ${findingMark({ state: 'warning' }, io)} no documents`] : []),
    ...documents.flatMap((document) => describeDocument(document, width, io)),
  ];
}

function describeDocument({ path, commit, badCommit, errors }: Document, width: number, io: CommandIo) {
  const mark = findingMark({ state: errors.length === 0 ? 'ok' : 'failed' }, io);
  const inForce = commit === undefined ? 'not in force' : `in force: ${commit.slice(0, 10)}`;
  const wrong = badCommit === undefined ? '' : `; errors in ${badCommit.slice(0, 10)}:`;
  return [`  ${mark} ${path.padEnd(width)}  ${inForce}${wrong}`, ...errors.map((error) => `      ${error}`)];
}
