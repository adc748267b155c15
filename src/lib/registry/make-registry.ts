import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { digestPattern, imageName, repositoryPattern, tagPattern } from '../model/image-reference.ts';
import type { Artifact, ArtifactDescription, ArtifactName, Registry, TagLister, TagState } from './registry.ts';
import { AnswerCache } from '../async/answer-cache.ts';
import { makeAzureMetadata } from './acr/acr-registry.ts';
import type { AzureMetadata } from './acr/acr-registry.ts';
import { identityGrants } from './acr/token.ts';
import { makeContent } from './oci/content.ts';
import type { RegistryContent } from './oci/content.ts';
import { registryEndpoint } from './endpoint.ts';
import type { AzureEndpoint, DistributionEndpoint, RegistryPolicy } from './endpoint.ts';
import { identityFor } from './acr/identity-for.ts';
import { makeCircuit } from '../net/circuit.ts';
import { registryHost } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';
import type { Identity, SignInPlace } from '../net/identity.ts';
import { describeArtifact } from './oci/describe.ts';
import { readContents } from './oci/inspect.ts';
import { askWithPatience, tryMs } from './oci/patience.ts';
import type { PatienceDeps } from './oci/patience.ts';
import { passwordGrants } from './oci/token.ts';

export interface RegistryDeps extends PatienceDeps {
  readonly policy: RegistryPolicy;
  readonly identity: Identity;
  /** Whose sign-in the identity is; default: `app`. */
  readonly place?: SignInPlace;
  readonly userAgent: string;
  readonly now: Clock;
  /** Shows which registries are silent; absent if no work has to be bounded. */
  readonly hosts?: Pick<HostShare, 'observe'>;
}

/** Digests whose kind is kept. */
const maxDescriptions = 2_000;

/** One registry, opened. */
interface Open {
  readonly content: RegistryContent;
  /** Absent of registries other than Azure's. */
  readonly metadata?: AzureMetadata;
}

/** Asks Azure Container Registry with the app's identity, and the registries that the operator named as these allow. */
export function makeRegistry(deps: RegistryDeps): Registry & TagLister {
  const opened = new Map<string, Open>();
  const circuit = makeCircuit(deps.now, 'registry-unavailable');
  // A registry that hangs delays the updates of others only until the first time limit.
  const ask = <T>(
    registry: string,
    question: (signal: AbortSignal) => Promise<T | undefined>,
    awaitReplicas?: boolean,
  ) => {
    const { hosts, limits } = deps;
    // The waits between tries are not waits for the registry.
    const counted = hosts
      ? (signal: AbortSignal) => hosts.observe(registryHost(registry), () => question(signal))
      : question;
    return circuit.run(registry, limits?.tryMs ?? tryMs, () => askWithPatience(deps, counted, awaitReplicas));
  };
  const descriptions = new AnswerCache<ArtifactDescription | undefined>({ max: maxDescriptions });

  function open(name: string): Open {
    const endpoint = registryEndpoint(name, deps.policy);
    const known = opened.get(endpoint.registry);
    if (known) return known;
    const registry = endpoint.kind === 'azure' ? openAzure(endpoint) : openDistribution(endpoint);
    opened.set(endpoint.registry, registry);
    return registry;
  }

  function openAzure(endpoint: AzureEndpoint): Open {
    const credential = identityFor(endpoint, deps.identity, deps.place);
    const grants = identityGrants(endpoint, credential, deps.now);
    return {
      content: makeContent(endpoint, { ...deps, grants }),
      metadata: makeAzureMetadata(endpoint, credential, deps),
    };
  }

  function openDistribution(endpoint: DistributionEndpoint): Open {
    return { content: makeContent(endpoint, { ...deps, grants: passwordGrants(endpoint, deps.now) }) };
  }

  return {
    async lookUp({ registry, repository, tag }, { awaitReplicas = true } = {}) {
      // A tag may come from a file that a person edited: what no registry can have is asked of none.
      if (referenceOf({ registry, repository, tag }) === undefined) return undefined;
      const { content, metadata } = open(registry);
      return ask(
        registry,
        async (signal): Promise<TagState | undefined> => {
          if (metadata) return metadata.tag(repository, tag, signal);
          const digest = await content.digest(repository, tag, signal);
          return digest === undefined ? undefined : { digest };
        },
        awaitReplicas,
      );
    },

    async recentTags({ registry, repository }, page) {
      const { metadata } = open(registry);
      if (!metadata) return undefined;
      const found = await ask(registry, (signal) => metadata.recentTags(repository, page, signal), false);
      return found ?? [];
    },

    async describe(image) {
      const reference = referenceOf(image);
      if (reference === undefined) return undefined;
      const name = imageName(image);
      const describe = async (): Promise<ArtifactDescription | undefined> => {
        const { content } = open(image.registry);
        return ask(image.registry, async (signal) => {
          const manifest = (wanted: string) => content.manifest(image.repository, wanted, signal);
          const stored = await manifest(reference);
          return stored && describeArtifact({ name, manifest }, stored);
        });
      };
      return image.digest === undefined ? describe() : descriptions.get(`${name}@${reference}`, describe);
    },

    async inspect(image) {
      const reference = referenceOf(image);
      if (reference === undefined) return undefined;
      const { content, metadata } = open(image.registry);
      const { repository } = image;
      const name = imageName(image);
      return ask(image.registry, async (signal): Promise<Artifact | undefined> => {
        const stored = await content.manifest(repository, reference, signal);
        if (!stored) return undefined;
        const reader = {
          name,
          manifest: (digest: string) => content.manifest(repository, digest, signal),
          blob: (digest: string) => content.blob(repository, digest, signal),
        };
        const [contents, createdOn] = await Promise.all([
          readContents(reader, stored),
          metadata?.createdOn(repository, stored.digest, signal),
        ]);
        if (!metadata) return { digest: stored.digest, ...contents };
        if (createdOn) return { digest: stored.digest, ...contents, createdOn };
        throw new Failure(
          'registry-content-missing',
          `${name}@${stored.digest} is there, but ${image.registry} does not know when it was pushed. A replica may still be catching up; else push the image again.`,
        );
      });
    },
  };
}

/** A digest outranks a tag. `undefined` where no registry can have such a name. */
function referenceOf({ repository, tag, digest }: ArtifactName): string | undefined {
  if (!repositoryPattern.test(repository)) return undefined;
  if (digest !== undefined) return digestPattern.test(digest) ? digest : undefined;
  return tag !== undefined && tagPattern.test(tag) ? tag : undefined;
}
