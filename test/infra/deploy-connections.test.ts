import { execFile, execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { root, temporaryFolder } from '../support/platform.ts';

const outputs = {
  AZURE_RESOURCE_GROUP: 'rg-tagrelay',
  TAGRELAY_STORAGE_NAME: 'sttagrelay1',
  TAGRELAY_PRINCIPAL_ID: '22222222-2222-4222-8222-222222222222',
  TAGRELAY_URL: 'https://func-tagrelay.azurewebsites.net',
};
const azd = {
  ...outputs,
  AZURE_ENV_NAME: "o'hara",
  AZURE_LOCATION: 'westeurope',
  AZURE_SUBSCRIPTION_ID: '33333333-3333-4333-8333-333333333333',
};

/** Runs the hook with an `az` that prints its message and ends with its code. */
async function runHook(message: string, code: number, env: Readonly<Record<string, string>> = azd) {
  const folder = await temporaryFolder();
  const az = join(folder, 'az');
  await writeFile(
    az,
    `#!/bin/sh
printf '%s\\n' "$@" > ${folder}/args
printf '%s\\n' ${JSON.stringify(message)} >&2
exit ${code}
`,
  );
  await chmod(az, 0o755);
  const PATH = [folder, process.env['PATH']].join(delimiter);
  const result = await new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
    const script = join(root, 'infra/deploy-connections.mjs');
    execFile(process.execPath, [script], { env: { PATH, ...env } }, (error, _stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
  const args = await readFile(join(folder, 'args'), 'utf8').catch(() => '');
  return { ...result, args: args.trim().split('\n'), PATH, folder };
}

const created =
  `deployment sub create --name tagrelay-o'hara --location westeurope --subscription ${azd.AZURE_SUBSCRIPTION_ID} --parameters infra/connections.bicepparam`.split(
    ' ',
  );

test('the hook deploys the connections beside azd', async () => {
  expect(await runHook('', 0)).toMatchObject({ code: 0, args: [...created, '--output', 'none'] });
});

test.each([
  "(AuthorizationFailed) The client 'kim' does not have authorization to perform action 'Microsoft.Resources/deployments/write' over scope '/subscriptions/3/resourceGroups/rg-shared'.",
  "(InvalidTemplateDeployment) Authorization failed for template resource 'x' of type 'Microsoft.Authorization/roleAssignments'. The client 'kim' does not have permission to perform action.",
  '(LinkedAuthorizationFailed) The client has permission to write the event subscription, but not to its linked scope.',
])('without the right, azd goes on, and the command for others is printed: %s', async (message) => {
  const { code, stderr, PATH, folder } = await runHook(message, 1);
  expect(code).toBe(0);
  expect(stderr).toContain(message);
  // The printed lines call az with the same arguments, in a shell without the values of azd.
  const lines = stderr.split('\n').filter((line) => /^(?:export |az )/.test(line));
  await writeFile(join(folder, 'az'), `#!/bin/sh\nprintf '%s\\n' "$@" "$TAGRELAY_URL"\n`);
  const printed = execFileSync('sh', ['-c', lines.join('\n')], { env: { PATH }, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual([...created, outputs.TAGRELAY_URL]);
  expect(lines).toHaveLength(Object.keys(outputs).length + 1);
});

test('any other failure stops azd with the message of az', async () => {
  const { code, stderr } = await runHook('(ResourceGroupNotFound) Resource group rg-shared could not be found.', 3);
  expect({ code, stderr: stderr.trim() }).toEqual({
    code: 3,
    stderr: '(ResourceGroupNotFound) Resource group rg-shared could not be found.',
  });
});

test('without the outputs of azd nothing is deployed', async () => {
  const { TAGRELAY_URL: _, ...env } = azd;
  const { code, stderr, args } = await runHook('', 0, env);
  expect({ code, args }).toEqual({ code: 1, args: [''] });
  expect(stderr).toContain('TAGRELAY_URL is not set');
});
