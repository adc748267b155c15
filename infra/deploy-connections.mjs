// Deploys connections.bicep after `azd provision`. Where this account may not write to a resource group of it, it prints
// the command for an account that may, and the deployment of the app goes on.
// Not an azd deployment: `azd down` deletes every resource group that azd has written to (docs/decisions/0008).
import { spawnSync } from 'node:child_process';

const { env, platform } = process;
const isWindows = platform === 'win32';
/** Names that connections.bicepparam reads. */
const outputs = ['AZURE_RESOURCE_GROUP', 'TAGRELAY_STORAGE_NAME', 'TAGRELAY_PRINCIPAL_ID', 'TAGRELAY_URL'];

const missing = ['AZURE_ENV_NAME', 'AZURE_LOCATION', 'AZURE_SUBSCRIPTION_ID', ...outputs].filter((name) => !env[name]);
if (missing.length > 0) {
  console.error(`${missing.join(', ')} is not set: azd provision runs this script after the app is created.`);
  process.exit(1);
}

const args = [
  'deployment',
  'sub',
  'create',
  '--name',
  `tagrelay-${env.AZURE_ENV_NAME}`,
  '--location',
  env.AZURE_LOCATION,
];
args.push('--subscription', env.AZURE_SUBSCRIPTION_ID, '--parameters', 'infra/connections.bicepparam');

// On Windows, az is a script that only a shell starts.
const { status, stderr, error } = spawnSync('az', [...args, '--output', 'none'], {
  encoding: 'utf8',
  stdio: ['inherit', 'inherit', 'pipe'],
  shell: isWindows,
});
if (error) {
  console.error(`The Azure CLI did not start: ${error.message}`);
  process.exit(1);
}
process.stderr.write(stderr);
if (status === 0) process.exit(0);

// The codes AuthorizationFailed and LinkedAuthorizationFailed, also inside of InvalidTemplateDeployment.
if (!/AuthorizationFailed|Authorization failed|does not have (?:authorization|permission)/i.test(stderr)) {
  process.exit(status ?? 1);
}
const command = `az ${args.map(quoted).join(' ')}`;
const settings = outputs.map((name) =>
  isWindows ? `$env:${name} = ${quoted(env[name])}` : `${name}=${quoted(env[name])}`,
);
console.error(`
The app is there. The connections in infra/connections.bicepparam are not: this
account may not write to one of their resource groups. Someone who is Contributor
and Role Based Access Control Administrator there runs this in a copy of this
folder:

${(isWindows ? [...settings, command] : settings.map((one) => `export ${one}`).concat(command)).join('\n')}
`);

/** A word for sh or PowerShell. */
function quoted(word) {
  if (/^[\w./:@-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", isWindows ? "''" : String.raw`'\''`)}'`;
}
