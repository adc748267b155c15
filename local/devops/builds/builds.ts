import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import type { Call } from '../server/call.ts';
import type { Resource } from '../server/resource.ts';
import { describeBuild } from './describe.ts';
import { buildsOf, findBuild } from './find.ts';
import { searchBuilds } from './search.ts';

const maxPage = 5000;

/** The builds of a project: one of them, or those that a search finds. */
export const builds: Resource = {
  id: '0cd358e1-9217-4d94-8269-1c1ee6f93dcf',
  area: 'build',
  name: 'builds',
  routeTemplate: '{project}/_apis/{area}/{resource}/{buildId}',
  resourceVersion: 7,
  methods: { GET: async (call) => (call.route.buildId === undefined ? listBuilds(call) : json(describeOne(call))) },
};

function describeOne(call: Call): object {
  return describeBuild(call.platform.organizationUrl(call.organization), findBuild(call));
}

/** A token in a header leads to the next page. */
function listBuilds(call: Call): Reply {
  const { query, platform, organization } = call;
  const found = searchBuilds(query, buildsOf(call));
  const skip = query.count(0, 'continuationToken');
  const end = skip + Math.min(query.count(1000, '$top'), maxPage);
  const base = platform.organizationUrl(organization);
  return list(
    found.slice(skip, end).map((build) => describeBuild(base, build)),
    end < found.length ? { 'x-ms-continuationtoken': String(end) } : {},
  );
}
