import type { ArtifactKind } from '../../model/file-edit.ts';
import { takesArtifact, writesDigest } from '../../model/file-edit.ts';
import { imageName } from '../../model/image-reference.ts';
import type { Environment, Route, RouteTable } from '../../routes/route.ts';
import { updateId } from '../../model/tag-update.ts';
import type { UpdateCause } from '../../model/update-cause.ts';
import type { TaggedImage, TagUpdate } from '../../model/tag-update.ts';
import { refusePush } from './not-taken.ts';

/** The updates of one pushed image by the routes. */
export interface Routing {
  /** Absent where no route takes the image. */
  readonly route?: Route;
  /** One per environment that takes the tag, with the URL of the repository that it goes to. */
  readonly updates: readonly { readonly update: TagUpdate; readonly repository: string }[];
  readonly refused: readonly Refusal[];
}

/** An environment that does not take the tag. */
export interface Refusal {
  /** Absent where the environment may not be written at all. */
  readonly update?: TagUpdate;
  readonly environment: string;
  /** `tag-not-taken`: the tag policy; `by-promotion`; `outside-bounds`: `ALLOW`. Builds are judged by the delivery. */
  readonly code: 'tag-not-taken' | 'by-promotion' | 'outside-bounds' | 'other-artifact';
  /** For people. */
  readonly reason: string;
}

/** Matches a pushed image with the routes and the tag policies of its environments. */
export function routeImage(
  table: RouteTable,
  image: TaggedImage,
  pushedAt: string,
  cause: UpdateCause = { kind: 'push' },
  artifact?: ArtifactKind | 'other',
): Routing {
  const route = table.match(imageName(image));
  if (!route) return { updates: [], refused: [] };
  const updates: Routing['updates'][number][] = [];
  const refused: Refusal[] = [];
  for (const environment of route.environments) {
    const update = newUpdate(route.name, environment, { image, pushedAt, cause });
    const refusal = refuse(environment, image.tag, artifact);
    if (refusal) refused.push({ update, environment: environment.name, ...refusal });
    else updates.push({ update, repository: environment.repository });
  }
  for (const { name, reason } of route.refused) {
    refused.push({ environment: name, code: 'outside-bounds', reason });
  }
  return { route, updates, refused };
}

const artifactNames = { image: 'a container image', chart: 'a Helm chart', other: 'no image and no chart' } as const;

function refuse(
  environment: Environment,
  tag: string,
  artifact: ArtifactKind | 'other' | undefined,
): Pick<Refusal, 'code' | 'reason'> | undefined {
  const refusal = refusePush(environment, tag);
  if (refusal?.code === 'by-promotion') return refusal;
  if (artifact !== undefined && !environment.update.every((edit) => takesArtifact(edit, artifact)))
    return { code: 'other-artifact', reason: `the event describes ${artifactNames[artifact]}` };
  return refusal;
}

function newUpdate(
  route: string,
  environment: Environment,
  pushed: Pick<TagUpdate, 'image' | 'pushedAt' | 'cause'>,
): TagUpdate {
  const id = updateId(route, environment.name, pushed.image, environment.update.some(writesDigest));
  return { id, route, environment: environment.name, ...pushed };
}
