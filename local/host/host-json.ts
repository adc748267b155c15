import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { HostError } from './host-error.ts';
import { parseTimeSpan } from './time-span.ts';

export interface QueueSettings {
  /** Messages per receive, 1–32. */
  readonly batchSize: number;
  /** The next batch is fetched when no more than this many messages are being worked on. */
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  /** How long a failed message stays hidden before the next try. */
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

/** The part of `host.json` that this host acts on. */
export interface HostJson {
  /** Without slashes at its ends; may be empty. */
  readonly routePrefix: string;
  readonly queues: QueueSettings;
}

const duration = z.string().transform((text, context) => {
  const ms = parseTimeSpan(text);
  if (ms === undefined)
    context.addIssue({ code: 'custom', message: `"${text}" is not a duration; expected "hh:mm:ss"` });
  return ms ?? z.NEVER;
});

// Settings arrive as text.
const count = (least: number, most = Number.MAX_SAFE_INTEGER): z.ZodCoercedNumber =>
  z.coerce.number().int().min(least).max(most);

const schema = z.object({
  version: z.literal('2.0'),
  'extensions:http:routeprefix': z.string().default('api'),
  'extensions:queues:batchsize': count(1, 32).default(16),
  'extensions:queues:newbatchthreshold': count(0).optional(),
  'extensions:queues:maxdequeuecount': count(1).default(5),
  'extensions:queues:visibilitytimeout': duration.default(0),
  'extensions:queues:maxpollinginterval': duration
    .pipe(z.number().min(100, 'must be at least "00:00:00.100"'))
    .default(60_000),
  'extensions:queues:messageencoding': z
    .string()
    .toLowerCase()
    .pipe(z.enum(['base64', 'none']))
    .default('base64'),
});

const overridePrefix = /^AzureFunctionsJobHost(?:__|:)/iu;

/**
 * Reads `host.json`, with settings named `AzureFunctionsJobHost__a__b` in place of its `a.b`; names count without case.
 * Defaults are those of the host.json reference for Azure Functions 2.x and later. Unknown parts are left alone.
 */
export function readHostJson(text: string, env: Readonly<Record<string, string | undefined>>): HostJson {
  const flat = new Map<string, unknown>();
  flatten(parse(text), '', flat);
  for (const [name, value] of Object.entries(env)) {
    if (!overridePrefix.test(name) || value === undefined) continue;
    flat.set(name.replace(overridePrefix, '').replaceAll('__', ':').toLowerCase(), value);
  }
  const result = schema.safeParse(Object.fromEntries(flat));
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `${path.join('.').replaceAll(':', '.')}: ${message}`,
    );
    throw new HostError('host-json-invalid', `host.json, or a setting in its place, is wrong: ${problems.join('; ')}`);
  }
  const values = result.data;
  const batchSize = values['extensions:queues:batchsize'];
  return {
    routePrefix: values['extensions:http:routeprefix'].replaceAll(/^\/+|\/+$/gu, ''),
    queues: {
      batchSize,
      newBatchThreshold:
        values['extensions:queues:newbatchthreshold'] ?? Math.floor(batchSize / 2) * availableParallelism(),
      maxDequeueCount: values['extensions:queues:maxdequeuecount'],
      visibilityTimeoutMs: values['extensions:queues:visibilitytimeout'],
      maxPollingIntervalMs: values['extensions:queues:maxpollinginterval'],
      messageEncoding: values['extensions:queues:messageencoding'],
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HostError('host-json-invalid', `host.json is not JSON: ${String(cause)}`, cause);
  }
}

function flatten(value: unknown, path: string, into: Map<string, unknown>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) flatten(item, path === '' ? key : `${path}:${key}`, into);
  } else into.set(path.toLowerCase(), value);
}
