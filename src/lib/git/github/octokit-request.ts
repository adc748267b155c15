/** Loaded with the first request to GitHub's API, in a file of its own beside the bundle. */
export { request } from '@octokit/request';
