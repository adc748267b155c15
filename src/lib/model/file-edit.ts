import type { Path, PathSegment } from './value-path.ts';

/** The kinds of artifacts that a route can deploy. */
export type ArtifactKind = 'image' | 'chart';

interface EditBase {
  /** Path of the file in the repository, with `/` and without a leading `/`. */
  readonly file: string;
  /** Insert a missing path instead of failing. */
  readonly create: boolean;
  /** Replace another image instead of failing. */
  readonly adopt?: boolean;
}

/** Scalars of a Helm values file. */
export interface HelmEdit extends EditBase {
  readonly kind: 'helm';
  readonly values:
    | { readonly tag: Path; readonly digest?: Path; readonly repository?: Path }
    /** One scalar that holds the whole reference. */
    | { readonly image: Path; readonly digest: boolean };
}

/** `images[]` of a `kustomization.yaml`, as by `kustomize edit set image`. */
export interface KustomizeEdit extends EditBase {
  readonly kind: 'kustomize';
  /** `images[].name`; default: `registry/repository` of the image. */
  readonly name?: string;
  readonly digest: boolean;
}

/** `image:` of the containers of Kubernetes manifests that use the image. */
export interface ManifestEdit extends EditBase {
  readonly kind: 'manifest';
  /** Only the container of this name. */
  readonly container?: string;
  readonly digest: boolean;
}

/** An Argo CD Application or ApplicationSet. */
export interface ApplicationEdit extends EditBase {
  readonly kind: 'application';
  /** The element of a `list` generator whose parameters are set: `[env=dev]`. */
  readonly element?: Extract<PathSegment, { kind: 'member' }>;
  /** Parameters to set, by role: of Helm, or of the element; default: found by the image's repository. */
  readonly parameters?: {
    readonly tag?: string;
    readonly digest?: string;
    readonly repository?: string;
    readonly image?: string;
  };
  readonly digest: boolean;
  /** The kind of the pushed artifact, once it is known: a chart changes only the chart of a source. */
  readonly artifact?: ArtifactKind;
}

/** A dependency of a `Chart.yaml` (and its `Chart.lock`), on the push of an OCI chart. */
export interface ChartEdit extends EditBase {
  readonly kind: 'chart';
  readonly dependency: string;
}

/**
 * One scalar of any YAML or JSON file, set to a template of `{registry}`, `{repository}`, `{tag}`, `{digest}`.
 * `{repository}` is `registry/repository`, unless the template also has `{registry}`.
 */
export interface YamlEdit extends EditBase {
  readonly kind: 'yaml';
  readonly path: Path;
  readonly value: string;
}

/** One entry of a route's `update`, with captures and variables expanded. */
export type FileEdit = HelmEdit | KustomizeEdit | ManifestEdit | ApplicationEdit | ChartEdit | YamlEdit;

/** Whether an update writes the image's digest into its file. */
export function writesDigest(update: FileEdit): boolean {
  switch (update.kind) {
    case 'kustomize':
    case 'manifest':
      return update.digest;
    case 'helm':
      return 'image' in update.values ? update.values.digest : update.values.digest !== undefined;
    case 'application':
      return update.digest || update.parameters?.digest !== undefined;
    case 'yaml':
      return update.value.includes('{digest}');
    case 'chart':
      return false;
    default:
      return update satisfies never;
  }
}

/** Whether an update can write an artifact of a kind. Build caches, signatures and SBOMs are of no kind. */
export function takesArtifact(edit: FileEdit, artifact: ArtifactKind | 'other'): boolean {
  switch (edit.kind) {
    case 'helm':
    case 'kustomize':
    case 'manifest':
      return artifact === 'image';
    case 'chart':
      return artifact === 'chart';
    // A source of an Application names images, or is a chart itself.
    case 'application':
      return artifact === 'image' || (artifact === 'chart' && edit.parameters === undefined);
    // A template writes any tag.
    case 'yaml':
      return artifact !== 'other';
    default:
      return edit satisfies never;
  }
}
