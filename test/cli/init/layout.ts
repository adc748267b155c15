import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Environment } from '../../../src/lib/routes/route.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { cli } from '../cli.ts';

/** Paths and texts of a checkout. */
export type Layout = Readonly<Record<string, string>>;

export interface Guessed {
  readonly text: string;
  readonly notes: readonly string[];
  /** `FILE IMAGE: REASON` of what no route writes. */
  readonly uncovered: readonly string[];
  /** What each environment writes, by image without registry: `values-dev.yaml image.tag`. */
  readonly writes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly environmentsOf: (image: string) => readonly Environment[];
}

export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'tagrelay-init-'));
  readonly #env: Readonly<Record<string, string>>;

  constructor(layout: Layout, registries = '') {
    this.#env = registries === '' ? {} : { REGISTRIES: registries };
    for (const [path, text] of Object.entries(layout)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  async run(...args: readonly string[]): ReturnType<typeof cli> {
    return await cli(args, { cwd: this.folder, env: this.#env });
  }

  /** Runs `init`; the routes land beside the checkout's files. */
  async init(...args: readonly string[]): Promise<Guessed> {
    const { stdout } = await this.run('init', '--checkout', '.', '--json', ...args);
    const {
      text = '',
      notes,
      routes,
      uncovered,
    } = JSON.parse(stdout) as {
      text?: string;
      notes: string[];
      uncovered: { file: string; image: string; reason: string }[];
      routes: { images: string[] }[];
    };
    this.write('routes.yaml', text);
    const images = routes.flatMap((route) => route.images);
    const registries = images.map((image) => image.slice(0, image.indexOf('/')));
    const { table } = loadRoutes([{ setting: 'routes.yaml', text }], { azureDevOpsCollections: [], registries });
    const environmentsOf = (image: string): readonly Environment[] => table?.match(image)?.environments ?? [];
    const writes = images
      .toSorted()
      .map((image): [string, Record<string, string[]>] => [
        image.slice(image.indexOf('/') + 1),
        Object.fromEntries(environmentsOf(image).map(({ name, update }) => [name, update.map(shown)])),
      ]);
    const listed = uncovered.map(({ file, image, reason }) => `${file} ${image}: ${reason}`);
    return { text, notes, uncovered: listed, writes: Object.fromEntries(writes), environmentsOf };
  }

  /** The files that a push of the image would change. */
  async plan(
    image: string,
    environment?: string,
  ): Promise<{ readonly code: number; readonly files: readonly string[]; readonly stderr: string }> {
    const { code, stdout, stderr } = await this.run(
      'plan',
      '--routes',
      'routes.yaml',
      '--checkout',
      '.',
      '--image',
      image,
      ...(environment === undefined ? [] : ['--environment', environment]),
      '--json',
    );
    const { changes } = (stdout === '' ? { changes: [] } : JSON.parse(stdout)) as { changes: { file: string }[] };
    return { code, stderr, files: [...new Set(changes.map(({ file }) => file))].toSorted() };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function shown({ file, kind, ...edit }: Environment['update'][number]): string {
  return `${file} ${kind} ${JSON.stringify(edit)}`;
}
