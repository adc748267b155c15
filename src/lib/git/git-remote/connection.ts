import { parseAdvertisement } from './advertisement.ts';
import type { Advertisement } from './advertisement.ts';
import { GitHttpFailure } from './http-answers.ts';
import type { GitHttp, GitService } from './http.ts';
import { delimiterPkt, flushPkt, pktLines } from './pkt-line.ts';

/** A repository of a Git host: its two services, and what they can do, which is asked once. */
export class GitConnection {
  /** Words of ours in the protocol, without spaces. */
  readonly agent: string;
  /** URL for people. */
  readonly url: string;
  readonly #http: GitHttp;
  /** As the host spells it. */
  #spelling: string;
  readonly #known = new Map<GitService, Promise<Advertisement>>();

  constructor(url: string, http: GitHttp, userAgent: string) {
    this.url = url;
    this.agent = userAgent.replace(/[^\w./-]+/g, '-');
    this.#http = http;
    this.#spelling = url;
  }

  /** The capabilities of a service. With protocol version 2, and for pushes, they are read once in the life of the process. */
  async capabilities(service: GitService): Promise<Advertisement> {
    const known = this.#known.get(service) ?? this.#discover(service);
    this.#known.set(service, known);
    try {
      return await known;
    } catch (error) {
      if (this.#known.get(service) === known) this.#known.delete(service);
      throw error;
    }
  }

  /** The same; with version 1 it holds the refs of this moment. */
  async refsOrCommands(): Promise<Advertisement> {
    const known = await this.#known.get('git-upload-pack');
    if (known?.version === 2) return known;
    const now = await this.#discover('git-upload-pack');
    this.#known.set('git-upload-pack', Promise.resolve(now));
    return now;
  }

  async call(service: GitService, version: 1 | 2, body: Buffer, maxBytes?: number): Promise<Buffer> {
    try {
      return await this.#http.call(this.#spelling, service, version, body, maxBytes);
    } catch (error) {
      // The host may have become another one in the meantime.
      if (error instanceof GitHttpFailure) this.#forget();
      throw error;
    }
  }

  /** A command of version 2 ("gitprotocol-v2" in Git's manual). */
  async command(
    name: string,
    { capabilities }: Advertisement,
    args: readonly string[],
    maxBytes?: number,
  ): Promise<Buffer> {
    const lines = [`command=${name}`, ...(capabilities.has('agent') ? [`agent=${this.agent}`] : [])];
    if (capabilities.has('object-format')) lines.push('object-format=sha1');
    const body = Buffer.concat([...pktLines(lines), delimiterPkt, ...pktLines(args), flushPkt]);
    return this.call('git-upload-pack', 2, body, maxBytes);
  }

  #forget(): void {
    this.#known.clear();
    this.#spelling = this.url;
  }

  async #discover(service: GitService): Promise<Advertisement> {
    return parseAdvertisement(await this.#discoverAnySpelling(service));
  }

  /**
   * Our URLs have no `.git` at the end. Some hosts know the repository only with it, and redirect there (GitLab) or not
   * (plain file layouts); it is the same repository of the same host, so it is asked for by that name.
   */
  async #discoverAnySpelling(service: GitService): Promise<Buffer> {
    try {
      return await this.#http.discover(this.#spelling, service);
    } catch (error) {
      const isElsewhere =
        error instanceof GitHttpFailure && (error.status === 404 || Math.trunc(error.status / 100) === 3);
      if (!isElsewhere || this.#spelling.endsWith('.git')) throw error;
      const withSuffix = `${this.url}.git`;
      const answer = await this.#http.discover(withSuffix, service).catch(() => {
        throw error;
      });
      this.#spelling = withSuffix;
      return answer;
    }
  }
}
