import { createHash } from 'node:crypto';

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly createdOn: Date;
  lastUpdatedOn: Date;
}

export interface StoredTag {
  readonly name: string;
  readonly createdOn: Date;
  digest: string;
  lastUpdatedOn: Date;
  /** Look-ups for which a replica has not got the tag yet. */
  lag: number;
}

/** What one repository holds. */
export interface Repository {
  readonly name: string;
  readonly createdOn: Date;
  /** By digest. */
  readonly blobs: Map<string, Buffer>;
  /** By digest. */
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, StoredTag>;
}

/** Everything that the stand-in holds, in memory. */
export class RegistryStore {
  readonly #repositories = new Map<string, Repository>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  names(): string[] {
    return [...this.#repositories.keys()].sort();
  }

  find(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  /** The repository, made by its first push. */
  open(name: string): Repository {
    const known = this.#repositories.get(name);
    if (known) return known;
    const repository = { name, createdOn: this.#now(), blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, repository);
    return repository;
  }

  remove(name: string): boolean {
    return this.#repositories.delete(name);
  }

  putBlob(repository: Repository, bytes: Buffer): string {
    const digest = digestOf(bytes);
    repository.blobs.set(digest, bytes);
    return digest;
  }

  putManifest(repository: Repository, bytes: Buffer, mediaType: string, tag?: string, lag = 0): StoredManifest {
    const digest = digestOf(bytes);
    const now = this.#now();
    const manifest = repository.manifests.get(digest) ?? {
      digest,
      mediaType,
      bytes,
      createdOn: now,
      lastUpdatedOn: now,
    };
    manifest.lastUpdatedOn = now;
    repository.manifests.set(digest, manifest);
    if (tag !== undefined) this.moveTag(repository, tag, digest, lag);
    return manifest;
  }

  /** Points a tag at a digest, whether it is new, moved, or pushed again. */
  moveTag(repository: Repository, name: string, digest: string, lag = 0): void {
    const now = this.#now();
    const createdOn = repository.tags.get(name)?.createdOn ?? now;
    repository.tags.set(name, { name, digest, createdOn, lastUpdatedOn: now, lag });
  }

  removeManifest(repository: Repository, digest: string): boolean {
    for (const tag of tagsOf(repository, digest)) repository.tags.delete(tag);
    return repository.manifests.delete(digest);
  }
}

/** The tag as this replica has it: a tag that lags is not there for that many look-ups. */
export function lookUpTag(repository: Repository, name: string): StoredTag | undefined {
  const tag = repository.tags.get(name);
  if (!tag || tag.lag === 0) return tag;
  tag.lag -= 1;
  return undefined;
}

/** A manifest by tag or digest. */
export function findManifest(repository: Repository, reference: string): StoredManifest | undefined {
  const digest = reference.includes(':') ? reference : lookUpTag(repository, reference)?.digest;
  return digest === undefined ? undefined : repository.manifests.get(digest);
}

/** Names of the tags that point at a digest. */
export function tagsOf(repository: Repository, digest: string): string[] {
  return [...repository.tags.values()].filter((tag) => tag.digest === digest).map(({ name }) => name);
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
