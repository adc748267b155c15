import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { decode } from '../../../src/lib/edit/yaml/decode.ts';
import { parsePath } from '../../../src/lib/model/value-path.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { parseImageReference } from '../../../src/lib/model/image-reference.ts';
import type { ImageReference } from '../../../src/lib/model/image-reference.ts';

const path = z.string().transform(parsePath);

/** What a `case.yaml` says: an update as a route writes it, and what is expected. */
const caseSchema = z.strictObject({
  image: z.string(),
  file: z.string(),
  create: z.boolean().default(false),
  adopt: z.boolean().optional(),
  helm: z
    .union([
      z.strictObject({ tag: path, digest: path.optional(), repository: path.optional() }),
      z.strictObject({ image: path, digest: z.boolean().default(false) }),
    ])
    .optional(),
  kustomize: z.strictObject({ name: z.string().optional(), digest: z.boolean().default(false) }).optional(),
  manifest: z.strictObject({ container: z.string().optional(), digest: z.boolean().default(false) }).optional(),
  application: z
    .strictObject({
      parameters: z.record(z.string(), z.string()).optional(),
      element: z
        .string()
        .transform((text) => parsePath(`[${text}]`)[0])
        .optional(),
      digest: z.boolean().default(false),
    })
    .optional(),
  chart: z.strictObject({ dependency: z.string() }).optional(),
  yaml: z.strictObject({ path, value: z.string() }).optional(),
  fails: z.string().optional(),
  at: z.string().optional(),
  warnings: z.int().default(0),
});

export interface Case {
  readonly name: string;
  readonly image: ImageReference;
  readonly update: FileEdit;
  readonly before: string;
  /** The text that is expected, or the code and the place of the failure. */
  readonly expected:
    | { readonly after: string; readonly warnings: number }
    | { readonly code: string; readonly at: string | undefined };
}

/** Reads every case of a folder. */
export function readCases(folder: string): readonly Case[] {
  return readdirSync(folder).map((name) => readCase(join(folder, name), name));
}

function readCase(folder: string, name: string): Case {
  const { image, file, create, adopt, fails, at, warnings, helm, kustomize, manifest, application, chart, yaml } =
    caseSchema.parse(parse(readFileSync(join(folder, 'case.yaml'), 'utf8')));
  const text = (part: string): string => decode(file, readFileSync(join(folder, `${part}.${file.split('.').at(-1)}`)));
  const updates = [
    helm && { kind: 'helm', values: helm },
    kustomize && { kind: 'kustomize', ...kustomize },
    manifest && { kind: 'manifest', ...manifest },
    application && { kind: 'application', ...application },
    chart && { kind: 'chart', ...chart },
    yaml && { kind: 'yaml', ...yaml },
  ].filter((update) => update !== undefined);
  const [update] = updates;
  const reference = parseImageReference(image);
  if (!update || updates.length > 1 || !reference) throw new Error(`${name}: expected one update and an image`);
  return {
    name,
    image: reference,
    update: { file, create, ...(adopt === true && { adopt }), ...update } as FileEdit,
    before: text('before'),
    expected: fails === undefined ? { after: text('after'), warnings } : { code: fails, at },
  };
}
