import { createHash } from 'node:crypto';
import type { RegistryFiles } from './files.ts';

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
  /** Look-ups for which a replica does not have the tag yet. */
  lag: number;
}

/** The content of one repository. */
export interface Repository {
  readonly name: string;
  readonly createdOn: Date;
  /** Digests; their bytes are the store's, as repositories may share them. */
  readonly blobs: Set<string>;
  /** By digest. */
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, StoredTag>;
}

/** A manifest has arrived, whether it was there before or not. */
export interface PushedManifest {
  readonly repository: string;
  readonly manifest: StoredManifest;
  /** Absent where it was pushed by its digest. */
  readonly tag: string | undefined;
  readonly userAgent: string | undefined;
}

export interface PutManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly tag?: string | undefined;
  /** Look-ups for which a replica does not have the tag yet. */
  readonly lag?: number | undefined;
  readonly userAgent?: string | undefined;
}

export interface StoreOptions {
  readonly now: () => Date;
  /** Where everything is kept; in memory where absent. */
  readonly files?: RegistryFiles | undefined;
  readonly onPush?: ((pushed: PushedManifest) => void) | undefined;
}

/** Everything that the stand-in holds: in memory, and in files as well where there are some. */
export class RegistryStore {
  readonly #repositories: Map<string, Repository>;
  readonly #blobs = new Map<string, Buffer>();
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#repositories = new Map(options.files?.load().map((repository) => [repository.name, repository]));
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
    const createdOn = this.#options.now();
    const repository = { name, createdOn, blobs: new Set<string>(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, repository);
    return repository;
  }

  remove(name: string): boolean {
    this.#options.files?.remove(name);
    return this.#repositories.delete(name);
  }

  putBlob(repository: Repository, bytes: Buffer): string {
    const digest = digestOf(bytes);
    const { files } = this.#options;
    if (files) files.writeBlob(digest, bytes);
    else this.#blobs.set(digest, bytes);
    repository.blobs.add(digest);
    this.#save(repository);
    return digest;
  }

  /** The bytes of a blob that the repository has. */
  getBlob(repository: Repository | undefined, digest: string): Buffer | undefined {
    if (repository?.blobs.has(digest) !== true) return undefined;
    return this.#options.files?.readBlob(digest) ?? this.#blobs.get(digest);
  }

  removeBlob(repository: Repository, digest: string): boolean {
    const was = repository.blobs.delete(digest);
    this.#save(repository);
    return was;
  }

  putManifest(repository: Repository, { bytes, mediaType, tag, lag, userAgent }: PutManifest): StoredManifest {
    const digest = digestOf(bytes);
    const now = this.#options.now();
    const known = repository.manifests.get(digest);
    const manifest = known ?? { digest, mediaType, bytes, createdOn: now, lastUpdatedOn: now };
    manifest.lastUpdatedOn = now;
    repository.manifests.set(digest, manifest);
    if (tag === undefined) this.#save(repository);
    else this.moveTag(repository, tag, digest, lag);
    this.#options.onPush?.({ repository: repository.name, manifest, tag, userAgent });
    return manifest;
  }

  /** Points a tag at a digest, whether it is new, moved, or pushed again. */
  moveTag(repository: Repository, name: string, digest: string, lag = 0): void {
    const now = this.#options.now();
    const createdOn = repository.tags.get(name)?.createdOn ?? now;
    repository.tags.set(name, { name, digest, createdOn, lastUpdatedOn: now, lag });
    this.#save(repository);
  }

  removeTag(repository: Repository, name: string): boolean {
    const was = repository.tags.delete(name);
    this.#save(repository);
    return was;
  }

  removeManifest(repository: Repository, digest: string): boolean {
    for (const tag of tagsOf(repository, digest)) repository.tags.delete(tag);
    const was = repository.manifests.delete(digest);
    this.#save(repository);
    return was;
  }

  #save(repository: Repository): void {
    this.#options.files?.save(repository);
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
