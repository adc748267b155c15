import { z } from 'zod';
import { allowSchema } from '../routes/read/bounds.ts';

const versionSchema = z.object({ commit: z.string(), text: z.string() });
const unreadableSchema = z.object({ commit: z.string(), unreadable: z.string() });

const documentSchema = z.object({
  repository: z.string(),
  /** As in the source; absent for the default branch. */
  branch: z.string().optional(),
  path: z.string(),
  /** Names the document in problems: `URL#branch:path`. */
  label: z.string(),
  /** The version in force. The commit is the tip at which it was first read. */
  good: versionSchema.optional(),
  /** The version at the tip, if it is not in force. */
  bad: z.union([versionSchema, unreadableSchema]).optional(),
});

const repositorySchema = z.object({
  repository: z.string(),
  branch: z.string().optional(),
  /** The paths that were read at the tip. */
  paths: z.array(z.string()),
  tip: z.object({ branch: z.string(), commit: z.string() }).optional(),
  /** Why the tip could not be read. */
  failure: z.string().optional(),
  /** The last statuses, in the order of their contexts. */
  posted: z.object({ commit: z.string(), results: z.array(z.string()) }).optional(),
});

const sourceSchema = z.object({
  repository: z.string(),
  branch: z.string().optional(),
  path: z.string(),
  allow: allowSchema.optional(),
});

/** Everything known of the routes documents in Git repositories. All instances share it. */
export const gitStateSchema = z.object({
  /** The last valid `ROUTES_FROM`. */
  sources: z.array(sourceSchema),
  repositories: z.array(repositorySchema),
  documents: z.array(documentSchema),
});

export type GitState = z.infer<typeof gitStateSchema>;
export type GitDocument = GitState['documents'][number];
export type RoutesRepository = GitState['repositories'][number];

export const emptyGitState: GitState = { sources: [], repositories: [], documents: [] };

type Place = Pick<GitDocument, 'repository' | 'branch'>;

export function isSamePlace(a: Place, b: Place): boolean {
  return a.repository === b.repository && a.branch === b.branch;
}
