import { buildUpdates } from './build-updates.ts';
import { environmentWords } from './environment-words.ts';
import type { HostRules } from './host-rules.ts';
import { readRepository } from './host-rules.ts';
import { fillPattern, isFault, parseSegments } from './image-pattern.ts';
import type { ImageRoutes } from './image-routes.ts';
import { SegmentIndex } from './segment-index.ts';
import { expandWords } from './words.ts';
import type { WrittenRoute } from './written-route.ts';
import { scalarsOf } from './written-scalars.ts';

interface Writer {
  readonly route: WrittenRoute;
  readonly environment: string;
}

/** What patterns write, with their captures open, so that an exact route can be held against all their images. */
export class PatternScalars {
  private readonly index = new SegmentIndex<Writer>();
  private readonly images: ImageRoutes;

  constructor(images: ImageRoutes) {
    this.images = images;
  }

  add(route: WrittenRoute, hosts: HostRules): void {
    const open = new Map(route.image.captures.map((capture) => [capture, `{${capture}}`]));
    for (const [name, settings] of route.environments) {
      const words = environmentWords(name, settings, open, () => undefined);
      const repository = expandWords(settings.repository ?? '', words);
      const branch = expandWords(settings.branch ?? '', words);
      // A repository for each team has no canonical form before the team is known.
      if (typeof repository !== 'string' || typeof branch !== 'string' || repository.includes('{')) continue;
      const address = readRepository(repository, hosts);
      if (isFault(address)) continue;
      const expansion = { words, captures: new Set(open.keys()) };
      const update = buildUpdates(settings.update ?? [], expansion, () => undefined);
      for (const scalar of scalarsOf(route.image.text, { address, branch, update })) {
        this.index.add(parseSegments(scalar), new Map(), { route, environment: name });
      }
    }
  }

  /** A pattern that sets the scalar for another image, which it takes. */
  writerOf(scalar: string, image: string): { readonly writer: Writer; readonly image: string } | undefined {
    for (const { value, words } of this.index.find(scalar)) {
      const other = fillPattern(value.route.image.text, words);
      if (other !== image && this.images.match(other)?.route === value.route) return { writer: value, image: other };
    }
    return undefined;
  }
}
