import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { buildApp } from './build.ts';

const root = join(import.meta.dirname, '..');
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().min(1),
  author: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
});

/** Licenses that require only attribution. A person must review any other license before its package is bundled. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Zlib',
]);

/**
 * The licenses of the packages whose code went into the bundles, which must accompany the code.
 *
 * @throws {Error} where a license is not known to be permissive
 */
export async function thirdPartyLicenses(inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const byText = new Map<string, string[]>();
  for (const folder of [...folders].toSorted()) {
    const { name, version, license, author } = manifestSchema.parse(
      JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')),
    );
    if (!isPermissive(license))
      throw new Error(`${name} has the license ${license}; add it to tools/licenses.ts if it may be bundled.`);
    const text = (await licenseText(folder)) || `No license file. The author of the package is ${author ?? name}.`;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`);
  return [
    'The deployed app holds code of the packages below. Written by `npm run generate`: do not edit.\n',
    ...parts.toSorted(),
  ].join(`\n${'-'.repeat(80)}\n\n`);
}

/** Reads expressions such as `MIT`, `(MIT OR Apache-2.0)` and `(MIT AND Zlib)`; others need a person. */
function isPermissive(license: string): boolean {
  const choices = license.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((one) => permissive.has(one)));
}

async function licenseText(folder: string): Promise<string> {
  const names = (await readdir(join(root, folder))).filter((name) => /^(?:licen[cs]e|notice|copying)/i.test(name));
  const texts = await Promise.all(names.toSorted().map((name) => readFile(join(root, folder, name), 'utf8')));
  return texts
    .map((text) =>
      text
        .replaceAll('\r\n', '\n')
        .replaceAll(/[ \t]+$/gm, '')
        .trim(),
    )
    .join('\n\n');
}

/** The licenses file of the deployed app. Keys are paths from the repository's root. */
export async function licenseFiles(): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-licenses-'));
  try {
    return { THIRD_PARTY_LICENSES: await thirdPartyLicenses(await buildApp(folder)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
