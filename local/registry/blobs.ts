import { randomUUID } from 'node:crypto';
import type { Answer, Request } from './http.ts';
import { refusal } from './http.ts';
import { digestOf } from './store.ts';
import type { RegistryStore, Repository } from './store.ts';

/** Uploads and downloads of blobs. */
export class Blobs {
  readonly #store: RegistryStore;
  /** Bytes so far, by the upload's id. */
  readonly #uploads = new Map<string, Buffer>();

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** `GET` and `HEAD /v2/{name}/blobs/{digest}`, from `Range: bytes=N-` on where the request has it. */
  get(repository: Repository, digest: string, { headers }: Request): Answer {
    const bytes = this.#store.getBlob(repository, digest);
    if (!bytes) return refusal(404, 'BLOB_UNKNOWN', `blob ${digest} is not found`);
    const common = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest };
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (from === 0) return { status: 200, headers: common, body: bytes };
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    return { status: 206, headers: { ...common, ...range }, body: bytes.subarray(from) };
  }

  /** `POST /v2/{name}/blobs/uploads/`: begins an upload, takes a whole blob, or mounts one of another repository. */
  begin(repository: Repository, { query, body }: Request): Answer {
    const mount = query.get('mount');
    const from = this.#store.find(query.get('from') ?? '');
    const mounted = mount === null ? undefined : this.#store.getBlob(from, mount);
    if (mounted) return this.#created(repository, this.#store.putBlob(repository, mounted));
    const digest = query.get('digest');
    if (digest !== null) return this.#finish(repository, body, digest);
    const id = randomUUID();
    this.#uploads.set(id, Buffer.alloc(0));
    return this.#progress(repository, id, 202);
  }

  /** `GET`, `PATCH`, `PUT` and `DELETE /v2/{name}/blobs/uploads/{id}`. */
  proceed(repository: Repository, id: string, { method, query, body, headers }: Request): Answer {
    const sofar = this.#uploads.get(id);
    if (!sofar) return refusal(404, 'BLOB_UPLOAD_UNKNOWN', `upload ${id} is not known`);
    if (method === 'GET') return this.#progress(repository, id, 204);
    if (method === 'DELETE') {
      this.#uploads.delete(id);
      return { status: 204 };
    }
    const from = /^(?:bytes )?(\d+)-/.exec(headers['content-range'] ?? '')?.[1];
    if (from !== undefined && Number(from) !== sofar.length) return this.#progress(repository, id, 416);
    const bytes = Buffer.concat([sofar, body]);
    this.#uploads.set(id, bytes);
    if (method === 'PATCH') return this.#progress(repository, id, 202);
    this.#uploads.delete(id);
    return this.#finish(repository, bytes, query.get('digest') ?? '');
  }

  #finish(repository: Repository, bytes: Buffer, digest: string): Answer {
    if (digestOf(bytes) !== digest) return refusal(400, 'DIGEST_INVALID', 'the blob has another digest');
    return this.#created(repository, this.#store.putBlob(repository, bytes));
  }

  #created(repository: Repository, digest: string): Answer {
    const location = `/v2/${repository.name}/blobs/${digest}`;
    return { status: 201, headers: { location, 'docker-content-digest': digest } };
  }

  #progress(repository: Repository, id: string, status: number): Answer {
    const length = this.#uploads.get(id)?.length ?? 0;
    return {
      status,
      headers: {
        location: `/v2/${repository.name}/blobs/uploads/${id}`,
        range: `0-${Math.max(0, length - 1)}`,
        'docker-upload-uuid': id,
      },
    };
  }
}
