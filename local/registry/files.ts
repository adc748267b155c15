import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Repository } from './store.ts';

const repositorySchema = z.object({
  name: z.string(),
  createdOn: z.coerce.date(),
  blobs: z.array(z.string()),
  manifests: z.array(
    z.object({ digest: z.string(), mediaType: z.string(), createdOn: z.coerce.date(), lastUpdatedOn: z.coerce.date() }),
  ),
  tags: z.array(
    z.object({ name: z.string(), digest: z.string(), createdOn: z.coerce.date(), lastUpdatedOn: z.coerce.date() }),
  ),
});

/**
 * A registry on disk: blobs and manifests by their digest, and one index file for each repository. Every file is
 * written aside and moved into place, so that a registry that is killed has what it answered for.
 */
export class RegistryFiles {
  readonly #content: string;
  readonly #repositories: string;
  readonly #written = new Set<string>();

  constructor(directory: string) {
    this.#content = join(directory, 'content');
    this.#repositories = join(directory, 'repositories');
    for (const folder of [this.#content, this.#repositories]) mkdirSync(folder, { recursive: true });
  }

  load(): Repository[] {
    const names = readdirSync(this.#repositories).filter((name) => name.endsWith('.json'));
    return names.map((name) => this.#read(readFileSync(join(this.#repositories, name), 'utf8')));
  }

  save({ name, createdOn, blobs, manifests, tags }: Repository): void {
    for (const { digest, bytes } of manifests.values()) this.writeBlob(digest, bytes);
    const stored: z.input<typeof repositorySchema> = {
      name,
      createdOn,
      blobs: [...blobs],
      manifests: Array.from(manifests.values(), ({ bytes: _bytes, ...manifest }) => manifest),
      tags: Array.from(tags.values(), ({ lag: _lag, ...tag }) => tag),
    };
    write(this.#fileOf(name), Buffer.from(JSON.stringify(stored)));
  }

  remove(name: string): void {
    rmSync(this.#fileOf(name), { force: true });
  }

  writeBlob(digest: string, bytes: Buffer): void {
    const path = this.#pathOf(digest);
    if (this.#written.has(path)) return;
    write(path, bytes);
    this.#written.add(path);
  }

  readBlob(digest: string): Buffer {
    return readFileSync(this.#pathOf(digest));
  }

  #read(text: string): Repository {
    const { manifests, blobs, tags, ...rest } = repositorySchema.parse(JSON.parse(text));
    const stored = manifests.map((manifest) => Object.assign(manifest, { bytes: this.readBlob(manifest.digest) }));
    return {
      ...rest,
      blobs: new Set(blobs),
      manifests: new Map(stored.map((manifest) => [manifest.digest, manifest])),
      tags: new Map(tags.map((tag) => [tag.name, { ...tag, lag: 0 }])),
    };
  }

  /** No repository's name holds a `+`. */
  #fileOf(repository: string): string {
    return join(this.#repositories, `${repository.replaceAll('/', '+')}.json`);
  }

  #pathOf(digest: string): string {
    return join(this.#content, digest.replace(':', '-'));
  }
}

function write(path: string, bytes: Buffer): void {
  const aside = `${path}.new`;
  writeFileSync(aside, bytes);
  renameSync(aside, path);
}
