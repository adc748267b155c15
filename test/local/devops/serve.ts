/** Serves one repository until it is killed: `serve.ts DIRECTORY TOKEN`. Prints its URL. */
import { startDevOps } from '../../../local/devops/devops.ts';

const [directory = '', token = ''] = process.argv.slice(2);
const repository = { organization: 'contoso', project: 'platform', name: 'gitops', directory };
const { url } = await startDevOps({ port: 0, repositories: [repository], tokens: [token] });
process.stdout.write(`${url}\n`);
