import type { RoutesSource } from '../routes/routes-source.ts';
import type { ComposedRoutes } from './compose-routes.ts';
import { isSamePlace } from './git-state.ts';
import type { GitDocument, GitState } from './git-state.ts';
import type { ReadRepository } from './read-repository.ts';

/** The state after repositories were read: what is at each tip, not yet accepted. */
export function withRead(
  previous: GitState,
  sources: readonly RoutesSource[],
  reads: readonly ReadRepository[],
): GitState {
  const documents = reads.flatMap(({ repository: place, files }) => {
    const known = previous.documents.filter((document) => isSamePlace(document, place));
    if (!files) return known;
    const { branch = '', commit = '' } = place.tip ?? {};
    return Array.from(files, ([path, version]): GitDocument => {
      const { good, bad } = known.find((document) => document.path === path) ?? {};
      const label = `${place.repository}#${branch}:${path}`;
      const base = {
        repository: place.repository,
        ...(place.branch !== undefined && { branch: place.branch }),
        path,
        label,
        ...(good && { good }),
      };
      if (good && 'text' in version && version.text === good.text) return base;
      return { ...base, bad: bad && contentOf(bad) === contentOf(version) ? bad : { ...version, commit } };
    });
  });
  return {
    sources: sources.map((source) => ({ ...source, allow: source.allow && [...source.allow] })),
    repositories: reads.map(({ repository }) => repository),
    documents,
  };
}

function contentOf(version: { readonly text: string } | { readonly unreadable: string }): string {
  return 'text' in version ? `text ${version.text}` : `unreadable ${version.unreadable}`;
}

/** The state in which each version that is in force is the last good one. */
export function withAccepted(state: GitState, { documents }: ComposedRoutes): GitState {
  const accepted = new Map(
    documents.flatMap(({ document, errors }) => (errors.length === 0 ? [[document.label, document] as const] : [])),
  );
  return {
    ...state,
    documents: state.documents.map((document) => {
      const { bad, ...rest } = document;
      return bad && 'text' in bad && accepted.has(document.label) ? { ...rest, good: bad } : document;
    }),
  };
}
