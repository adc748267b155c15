import { parseCloneUrl, withoutUser } from '../clone-url.ts';
import { textAt, type YamlMap } from '../init/values.ts';
import type { SourceRepository } from './application.ts';

const commit = /^[0-9a-f]{7,40}$/i;
const version = /^v?\d+(?:\.(?:\d+|[x*]))*(?:[-+][\w.-]+)?$/;
const range = /[*^~<>=|,\s]/;

/** The repository and branch of a source. */
export function sourceRepository(source: YamlMap, collections: readonly string[]): SourceRepository {
  const text = textAt(source, 'repoURL') ?? '';
  const address = textAt(source, 'chart') === undefined ? repositoryAddress(text, collections) : undefined;
  return { text: withoutUser(text), ...address, ...revisionOf(textAt(source, 'targetRevision')) };
}

function revisionOf(revision: string | undefined): Pick<SourceRepository, 'branch' | 'pinned'> {
  const name = revision?.replace(/^refs\/heads\//, '') ?? '';
  if (name === '' || name === 'HEAD') return {};
  const isPinned = name.startsWith('refs/') || commit.test(name) || version.test(name) || range.test(name);
  return isPinned && name === revision ? { pinned: name } : { branch: name };
}

/** The canonical `https` URL of a clone URL, also of SSH, and its key; `undefined` if routes cannot use it. */
export function repositoryAddress(
  text: string,
  collections: readonly string[] = [],
): { readonly url: string; readonly key: string } | undefined {
  const address = parseCloneUrl(text, collections);
  return 'problem' in address ? undefined : { url: address.url, key: address.key };
}
