import type { ImageReference } from '../../lib/model/image-reference.ts';
import type { YamlMap } from '../init/values.ts';

/** An Argo CD Application of a cluster: the files that it deploys, and the images that run. */
export interface RunningApplication {
  /** `[instance/]namespace/name`, as in a route. */
  readonly name: string;
  readonly project: string;
  readonly destination: { readonly cluster: string; readonly namespace: string };
  /** The ApplicationSet that generated it. */
  readonly applicationSet?: string;
  readonly sources: readonly ApplicationSource[];
  readonly images: readonly ImageReference[];
}

/** A source of an Application. Argo CD renders each source by itself, and deploys the results together. */
export interface ApplicationSource {
  readonly repository: SourceRepository;
  /** Folder in the repository, without slashes at its ends; the root is empty. */
  readonly folder: string;
  /** Chart in a registry, instead of a folder. */
  readonly chart?: string;
  readonly tool: 'helm' | 'kustomize' | 'directory' | 'plugin' | 'values-only' | 'unknown';
  readonly helm: HelmSource;
  /** `[NAME=]IMAGE:TAG`, as the Application overrides images. */
  readonly kustomizeImages: readonly { readonly text: string; readonly override?: OverrideFile }[];
  readonly directory: { readonly recurse: boolean; readonly include?: string; readonly exclude?: string };
}

export interface SourceRepository {
  /** Canonical URL, and its key for comparisons; `undefined` if routes cannot use it, such as a registry of charts. */
  readonly url?: string;
  readonly key?: string;
  /** The URL as the Application has it. */
  readonly text: string;
  /** `undefined` is the default branch. */
  readonly branch?: string;
  /** A tag, commit or range of versions, which no commit to a branch changes. */
  readonly pinned?: string;
}

export interface HelmSource {
  /** In order; a later file overrides an earlier one. */
  readonly valueFiles: readonly ValueFile[];
  readonly ignoreMissingValueFiles: boolean;
  /** `helm.valuesObject`, or `helm.values` as text. Override the value files. */
  readonly inline?: { readonly field: 'values' | 'valuesObject'; readonly values: YamlMap };
  /** Override every value. */
  readonly parameters: readonly { readonly name: string; readonly value: string; readonly override?: OverrideFile }[];
}

/** A file in the source's folder that sets it instead of the Application. */
export interface OverrideFile {
  readonly repository: SourceRepository;
  readonly file: string;
}

export interface ValueFile {
  /** The text of the Application: `$values/apps/api/values-dev.yaml`. */
  readonly text: string;
  /** Where the file is; `undefined` if it is in no Git repository. */
  readonly at?: { readonly repository: SourceRepository; readonly file: string };
}
