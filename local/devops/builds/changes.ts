import { identityRef } from '../server/identity.ts';
import { list } from '../server/reply.ts';
import type { Call } from '../server/call.ts';
import type { Resource } from '../server/resource.ts';
import { ServiceError } from '../server/service-error.ts';
import type { Build, BuildChange } from './build.ts';
import { buildsOf } from './find.ts';

/** The commits between two builds of a pipeline, the newest first: those of every build after the first one. */
export const buildChanges: Resource = {
  id: 'f10f0ea5-18a1-43ec-a8fb-2042c7be9b43',
  area: 'build',
  name: 'changes',
  routeTemplate: '{project}/_apis/{area}/{resource}',
  resourceVersion: 2,
  methods: {
    GET: async (call) => {
      const [from, to] = [findNamed(call, 'fromBuildId'), findNamed(call, 'toBuildId')];
      const between = buildsOf(call).filter(
        ({ id, definition }) => definition.id === to.definition.id && id > from.id && id <= to.id,
      );
      const changes = between
        .toReversed()
        .flatMap((build) => build.changes.map((change) => describe(call, build, change)));
      return list(changes.slice(0, call.query.count(50, '$top')));
    },
  },
};

function findNamed(call: Call, name: 'fromBuildId' | 'toBuildId'): Build {
  const id = call.query.count(0, name);
  const found = buildsOf(call).find((build) => build.id === id);
  if (found) return found;
  throw new ServiceError('BuildNotFoundException', `The requested build ${id} could not be found.`);
}

function describe(
  { platform, organization }: Call,
  { repository, startTime, queueTime }: Build,
  { id, message }: BuildChange,
) {
  const user = identityRef(platform.organizationUrl(organization));
  return {
    id,
    message,
    type: repository.type,
    author: user,
    timestamp: startTime ?? queueTime,
    location: `${repository.url}/commits/${id}`,
    displayUri: `${repository.url}/commit/${id}`,
    pusher: user.id,
  };
}
