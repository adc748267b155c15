import { z } from 'zod';
import type { Call } from '../server/call.ts';
import { readJson } from '../server/json-body.ts';
import { list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { findBuild } from './find.ts';

const maxLength = 256;
/** The characters that ASP.NET refuses in a path. */
const dangerous = /[<>*%&:\\?]/;

/** The tags of a build; adding one twice changes nothing. Every answer lists them all. */
export const buildTags: Resource = {
  id: '6e6114b2-8161-44c8-8f6c-c5505782427f',
  area: 'build',
  name: 'tags',
  routeTemplate: '{project}/_apis/{area}/builds/{buildId}/{resource}/{*tag}',
  resourceVersion: 3,
  methods: {
    GET: async (call) => list(findBuild(call).tags),
    PUT: async (call) => add(call, [tagOfPath(call)]),
    POST: async (call) => add(call, await readJson(call, z.array(z.string()))),
    DELETE: async (call) => {
      const tag = tagOfPath(call).toLowerCase();
      const { id, tags } = findBuild(call);
      return list(
        call.platform.builds.setTags(
          id,
          tags.filter((other) => other.toLowerCase() !== tag),
        ).tags,
      );
    },
  },
};

function add(call: Call, added: readonly string[]): Reply {
  const { id, tags } = findBuild(call);
  for (const tag of added) {
    if (tag.trim() === '' || tag.length > maxLength) {
      throw invalidArgument(`A tag has from 1 to ${maxLength} characters.`, 'tag');
    }
  }
  const all = [...tags];
  for (const tag of added) {
    if (!all.some((known) => known.toLowerCase() === tag.toLowerCase())) all.push(tag);
  }
  return list(call.platform.builds.setTags(id, all).tags);
}

function tagOfPath({ route }: Call): string {
  const tag = route.tag ?? '';
  const [character] = dangerous.exec(tag) ?? [];
  if (character === undefined) return tag;
  const message = `A potentially dangerous Request.Path value was detected from the client (${character}).`;
  throw new ServiceError('HttpException', message, 400);
}
