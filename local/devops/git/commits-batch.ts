import { GitHistoryMode } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import { list } from '../server/reply.ts';
import { listCommits } from './commit-ref.ts';
import { searchCommits } from './commit-search.ts';
import { commitsPerPage, historyModes } from './commits.ts';
import { repositoryResource } from './git-resource.ts';
import { readEnum } from './version.ts';
import { versionSchema } from './version-schema.ts';

const schema = z.object({
  ids: optional(z.array(z.string())),
  itemVersion: optional(versionSchema),
  compareVersion: optional(versionSchema),
  itemPath: z.string().optional(),
  author: z.string().optional(),
  user: z.string().optional(),
  fromDate: z.string().optional(),
  toDate: z.string().optional(),
  historyMode: z.union([z.string(), z.number()]).optional(),
  showOldestCommitsFirst: z.boolean().optional(),
  $top: z.number().int().min(0).optional(),
  $skip: z.number().int().min(0).optional(),
});

/** The list of commits, with its criteria in a body, where they can be many. */
export const commitsBatch = repositoryResource({
  id: '6400dfb2-0bcb-462b-b992-5a57f8f1416c',
  name: 'commitsBatch',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}',
  resourceVersion: 2,
  methods: {
    POST: async (call, repository) => {
      const body = await readJson(call, schema);
      if (body.ids !== undefined && body.ids.length > 0) {
        return list(
          await listCommits(
            repository,
            body.ids.map((id) => id.toLowerCase()),
          ),
        );
      }
      const historyMode = readEnum(historyModes, body.historyMode, 'historyMode', GitHistoryMode.SimplifiedHistory);
      const found = await searchCommits(repository.bare, {
        ...body,
        itemVersion: body.itemVersion ?? {},
        compareVersion: body.compareVersion ?? {},
        committer: body.user,
        firstParent: historyMode === GitHistoryMode.FirstParent,
        oldestFirst: body.showOldestCommitsFirst === true,
        skip: call.query.count(body.$skip ?? 0, '$skip'),
        top: call.query.count(body.$top ?? commitsPerPage, '$top'),
      });
      return list(await listCommits(repository, found));
    },
  },
});
