import type { ArtifactKind } from '../model/file-edit.ts';
import type { TaggedImage } from '../model/tag-update.ts';

/** A registry reports that an image, or an OCI chart, was pushed under a tag. A hint: the registry has the last word. */
export interface ImagePushed {
  readonly kind: 'image-pushed';
  /** The registry's id of the event. */
  readonly eventId: string;
  readonly image: TaggedImage;
  /** The kind of the artifact, where the types of the event decide it. */
  readonly artifact?: ArtifactKind | 'other';
  /** ISO 8601. */
  readonly pushedAt: string;
}

/** A well-formed event that is ignored. */
export interface Ignored {
  readonly kind: 'ignored';
  /** One word for logs: `ping`, `untagged`, `signature` … */
  readonly reason: string;
}

/** A body of another shape than documented. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly problems: readonly FieldProblem[];
}

export interface FieldProblem {
  /** Dotted path of the field; `(body)` for the whole body. */
  readonly field: string;
  readonly detail: string;
}
