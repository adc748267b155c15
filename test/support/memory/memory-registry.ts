import type { ArtifactName, Registry, TagLister } from '../../../src/lib/registry/registry.ts';
import { atOnce } from './turn.ts';
import type { Turn } from './turn.ts';

interface KeptTag {
  readonly digest: string;
  readonly createdTime: Date;
  readonly lastUpdateTime: Date;
}

/** Tags of a registry in memory, with the times that Azure Container Registry knows. */
export class MemoryRegistry {
  /** By repository and tag. */
  readonly #tags = new Map<string, KeptTag>();
  /** Labels of images, by digest. */
  readonly labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  push(repository: string, tag: string, digest: string): void {
    const known = this.#tags.get(`${repository}:${tag}`);
    const at = this.#now();
    this.#tags.set(`${repository}:${tag}`, { digest, createdTime: known?.createdTime ?? at, lastUpdateTime: at });
  }

  find(repository: string, tag: string): KeptTag | undefined {
    return this.#tags.get(`${repository}:${tag}`);
  }

  client(turn: Turn = atOnce): Registry & TagLister {
    const digestOf = ({ repository, tag, digest }: ArtifactName): string | undefined =>
      digest ?? this.find(repository, tag ?? '')?.digest;
    return {
      lookUp: ({ repository, tag }) => turn(`look up ${repository}:${tag}`, () => this.find(repository, tag)),
      inspect: (name) =>
        turn(`inspect ${name.repository}`, () => {
          const digest = digestOf(name);
          if (digest === undefined) return undefined;
          return { digest, kind: 'image' as const, labels: this.labels.get(digest) ?? {}, annotations: {} };
        }),
      describe: (name) =>
        turn(`describe ${name.repository}`, () =>
          digestOf(name) === undefined ? undefined : { kind: 'image' as const, type: 'an image' },
        ),
      recentTags: ({ repository }, { since, limit }) =>
        turn(`list the tags of ${repository}`, () =>
          [...this.#tags]
            .flatMap(([name, { digest, lastUpdateTime }]) => {
              const [of, tag = ''] = name.split(':');
              return of === repository && lastUpdateTime >= since ? [{ tag, digest, lastUpdateTime }] : [];
            })
            .toSorted((a, b) => b.lastUpdateTime.getTime() - a.lastUpdateTime.getTime())
            .slice(0, limit),
        ),
    };
  }
}
