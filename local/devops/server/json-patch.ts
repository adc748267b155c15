import { z } from 'zod';
import type { Call } from './call.ts';
import { requireContentType } from './content-type.ts';
import { readJson } from './json-body.ts';
import { invalidArgument } from './service-error.ts';

const contentType = 'application/json-patch+json';
const operations = ['add', 'remove', 'replace'] as const;
const operationSchema = z.object({
  /** The client package sends the number of the enum. */
  op: z.union([z.string(), z.number()]),
  path: z.string(),
  value: z.unknown().optional(),
});

export interface PatchOperation {
  readonly op: (typeof operations)[number];
  /** The one word after the first slash, unescaped (RFC 6901). */
  readonly key: string;
  readonly value: unknown;
}

/** Reads a JSON patch (RFC 6902) of a flat collection. Throws 415 for another content type, 400 for another operation. */
export async function readJsonPatch(call: Call): Promise<PatchOperation[]> {
  requireContentType(call, contentType);
  return (await readJson(call, z.array(operationSchema))).map(({ op, path, value }) => {
    const name = typeof op === 'number' ? operations[op] : operations.find((known) => known === op.toLowerCase());
    if (name === undefined)
      throw invalidArgument(`The operation '${op}' is not one of ${operations.join(', ')}.`, 'op');
    const [, key] = /^\/([^/]+)$/.exec(path) ?? [];
    if (key === undefined) throw invalidArgument(`The path '${path}' is not one name after a slash.`, 'path');
    return { op: name, key: key.replaceAll('~1', '/').replaceAll('~0', '~'), value };
  });
}
