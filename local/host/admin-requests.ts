export interface AdminDeps {
  readonly hostVersion: string;
  /** Runs a queue or timer function now; false where there is none of that name. It is not waited for. */
  runNow(name: string, input: string): boolean;
}

/** Status and body. */
export type AdminResponse = readonly [number, object?];

const startedAt = performance.now();

/**
 * The answers of the Functions host itself under `admin/` after the master key was accepted: `GET admin/host/status`, and
 * `POST admin/functions/<name>` with `{ "input": "…" }`, which runs a function that has no URL of its own.
 */
export function answerAdmin(method: string, path: string, body: Buffer | undefined, deps: AdminDeps): AdminResponse {
  if (method === 'GET' && path.toLowerCase() === 'admin/host/status') {
    const processUptime = Math.round(performance.now() - startedAt);
    return [200, { id: 'local', state: 'Running', version: deps.hostVersion, processUptime }];
  }
  const name = /^admin\/functions\/(?<name>[\w-]+)\/?$/iu.exec(path)?.groups?.['name'];
  if (method !== 'POST' || name === undefined) return [404];
  const input = inputOf(body);
  if (input === undefined) return [400, { error: 'Expected a JSON object like { "input": "text" }.' }];
  return [deps.runNow(name, input) ? 202 : 404];
}

function inputOf(body: Buffer | undefined): string | undefined {
  if (body === undefined) return '';
  try {
    const { input = '' } = JSON.parse(body.toString('utf8')) as { readonly input?: unknown };
    return typeof input === 'string' ? input : JSON.stringify(input);
  } catch {
    return undefined;
  }
}
