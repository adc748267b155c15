import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { registryPattern } from '../src/lib/model/image-reference.ts';

/** A repository of the emulator and the bare repository on disk that it is. */
export interface RepositoryOption {
  readonly organization: string;
  readonly project: string;
  readonly name: string;
  readonly directory: string;
}

/** A registry that is stood in for. */
export interface RegistryOption {
  /** Host by which routes know it, in lower case. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

interface CommonOptions {
  readonly port: number;
  readonly devopsPort: number;
}

export type StartOptions =
  | ({
      readonly mode: 'demo';
      readonly once: boolean;
      /** A bad image is pushed too. */
      readonly fail: boolean;
    } & CommonOptions)
  | ({
      readonly mode: 'try';
      readonly once: boolean;
      readonly checkout: string;
      readonly routesFile: string | undefined;
      readonly image: string | undefined;
    } & CommonOptions)
  | ({
      readonly mode: 'serve';
      /** `undefined` with `applications`. */
      readonly routesFile: string | undefined;
      /** So many services in one repository, their routes, and an Argo CD that deploys each of them. */
      readonly applications: number | undefined;
      readonly repositories: readonly RepositoryOption[];
      readonly registries: readonly RegistryOption[];
      readonly storage: string;
      readonly leaseSeconds: number;
      /** `flex`: each group of functions in a process of its own, as the Flex Consumption plan runs them. */
      readonly scale: 'one' | 'flex';
    } & CommonOptions)
  | { readonly mode: 'help' };

/** A usage error; the message has the value and the expectation. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const usage = `npm start                      run the main job on embedded parts, then keep serving
npm start -- --once            the same, then exit: 0 if every step happened, else 1
npm start -- --fail            the same, and a bad image is rolled back
npm start -- --try DIR         the same on a copy of your own GitOps checkout
                               [--routes FILE] [--image registry/repository:tag]
npm start -- --serve           serve your own routes and repositories, without the demo
    --routes FILE              the routes, as in the setting ROUTES
    --repository ORG/PROJECT/NAME=BARE_DIR
                               a repository of the emulator; created when absent; may be repeated
    [--registry HOST[=PORT]]   a stand-in for the registry HOST, which takes pushes and sends its webhook; images are
                               looked up there before they are committed; may be repeated (PORT from 7073 on; 0: a free one)
    [--storage DIR]            where queues, tables, blobs and images are kept between runs
    [--applications N]         instead of --routes: N services in one repository, and an Argo CD that polls every 2 to 3
                               minutes and is refreshed by tagrelay
    [--scale flex]             each function group in its own process, started for work and stopped when idle
    [--lease SECONDS]          how long a killed worker's messages stay hidden (default 30)

    [--port 7071]              of the Functions host; 0 picks a free one
    [--devops-port 7072]       of the Azure DevOps emulator; 0 picks a free one`;

const firstRegistryPort = 7073;

/** Reads the command line of `npm start`. */
export function parseOptions(args: readonly string[]): StartOptions {
  const values = readArguments(args);
  if (values.help) return { mode: 'help' };
  const common = {
    port: readPort('--port', values.port),
    devopsPort: readPort('--devops-port', values['devops-port']),
  };
  if (values.fail && (values.serve || values.try !== undefined)) {
    throw new OptionError('--fail shows a bad image in the demo; it goes with neither --serve nor --try.');
  }
  if (values.serve) return { ...serveOptions(values), ...common };
  for (const option of ['repository', 'registry', 'storage', 'lease', 'scale', 'applications'] as const) {
    if (values[option] !== undefined) throw new OptionError(`--${option} needs --serve.`);
  }
  if (values.try !== undefined) {
    const checkout = existingPath('--try', values.try);
    const routesFile = values.routes === undefined ? undefined : existingFile('--routes', values.routes);
    return { mode: 'try', once: values.once ?? false, checkout, routesFile, image: values.image, ...common };
  }
  for (const option of ['routes', 'image'] as const) {
    if (values[option] !== undefined) throw new OptionError(`--${option} needs --serve or --try.`);
  }
  return { mode: 'demo', once: values.once ?? false, fail: values.fail ?? false, ...common };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        once: { type: 'boolean' },
        fail: { type: 'boolean' },
        serve: { type: 'boolean' },
        try: { type: 'string' },
        routes: { type: 'string' },
        image: { type: 'string' },
        repository: { type: 'string', multiple: true },
        registry: { type: 'string', multiple: true },
        storage: { type: 'string' },
        lease: { type: 'string' },
        scale: { type: 'string' },
        applications: { type: 'string' },
        port: { type: 'string' },
        'devops-port': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function serveOptions(values: ReturnType<typeof readArguments>) {
  if (values.once || values.try !== undefined || values.image !== undefined) {
    throw new OptionError('--serve serves until it is stopped; it goes with neither --once, --try nor --image.');
  }
  const applications = readApplications(values);
  if (applications === undefined && values.routes === undefined)
    throw new OptionError('--serve needs --routes FILE or --applications N.');
  const routesFile = values.routes === undefined ? undefined : existingFile('--routes', values.routes);
  const leaseSeconds = Number(values.lease ?? '30');
  if (!Number.isInteger(leaseSeconds) || leaseSeconds < 5 || leaseSeconds > 600) {
    throw new OptionError(`--lease ${values.lease}: expected whole seconds from 5 to 600.`);
  }
  return {
    mode: 'serve' as const,
    scale: readScale(values.scale),
    routesFile,
    applications,
    repositories: (values.repository ?? []).map(readRepository),
    registries: (values.registry ?? []).map(readRegistry),
    storage:
      values.storage === undefined ? defaultStorage(routesFile, applications) : folder('--storage', values.storage),
    leaseSeconds,
  };
}

function readRepository(text: string): RepositoryOption {
  const [, organization, project, name, directory] = /^(.+)\/([^/=]+)\/([^/=]+)=(.+)$/.exec(text) ?? [];
  if (organization === undefined || project === undefined || name === undefined || directory === undefined) {
    throw new OptionError(`--repository ${text}: expected ORG/PROJECT/NAME=BARE_DIR.`);
  }
  return { organization, project, name, directory: folder('--repository', directory) };
}

function readRegistry(text: string, index: number): RegistryOption {
  const at = text.indexOf('=');
  const host = (at < 0 ? text : text.slice(0, at)).toLowerCase();
  if (!registryPattern.test(host))
    throw new OptionError(`--registry ${text}: expected HOST or HOST=PORT, such as contoso.azurecr.io=7073.`);
  return { host, port: at < 0 ? firstRegistryPort + index : readPort('--registry', text.slice(at + 1)) };
}

function readPort(option: string, text: string | undefined): number {
  if (text === undefined) return option === '--port' ? 7071 : 7072;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || text.trim() === '') {
    throw new OptionError(`${option} ${text}: expected a port from 0 to 65535.`);
  }
  return port;
}

function existingPath(option: string, path: string): string {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new OptionError(`${option} ${path}: does not exist.`);
  return absolute;
}

function existingFile(option: string, path: string): string {
  const absolute = existingPath(option, path);
  if (!statSync(absolute).isFile()) throw new OptionError(`${option} ${path}: is a folder; expected a file.`);
  return absolute;
}

/** A folder that exists, or that will be created. */
function folder(option: string, path: string): string {
  const absolute = resolve(path);
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new OptionError(`${option} ${path}: is a file; expected a folder, or nothing yet.`);
  return absolute;
}

function readApplications({ applications, routes, repository }: ReturnType<typeof readArguments>): number | undefined {
  if (applications === undefined) return undefined;
  if (routes !== undefined || repository !== undefined)
    throw new OptionError('--applications has its own routes and repository: omit --routes and --repository.');
  const count = Number(applications);
  if (!Number.isInteger(count) || count < 1 || count > 2000)
    throw new OptionError(`--applications ${applications}: expected a whole number from 1 to 2000.`);
  return count;
}

/** The same routes file, the same storage: a killed platform goes on where it was. */
function defaultStorage(routesFile: string | undefined, applications: number | undefined): string {
  if (routesFile === undefined) return join(tmpdir(), 'tagrelay', `applications-${applications}`);
  const path = realpathSync(routesFile);
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return join(tmpdir(), 'tagrelay', `${basename(path).replace(/\.[^.]*$/, '')}-${hash}`);
}

function readScale(text = 'one'): 'one' | 'flex' {
  if (text === 'one' || text === 'flex') return text;
  throw new OptionError(`--scale ${text}: expected flex or one.`);
}
