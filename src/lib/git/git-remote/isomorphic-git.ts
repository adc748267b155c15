/** Loaded where a repository is not on Azure Repos, in a file of its own beside the bundle. */
export { indexPack, packObjects, readCommit, readObject, writeCommit, writeObject } from 'isomorphic-git';
