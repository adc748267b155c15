import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { notificationFiles } from '../../src/lib/argocd/notifications/files.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';
import { root, temporaryFolder } from '../support/platform.ts';
import { cli } from './cli.ts';

const app = ['--url', 'https://contoso-tagrelay.example'];
const files = notificationFiles();

const helm = (file: string) => `update: [{ file: '${file}', helm: { tag: tag } }]`;

/** A route to the application `argocd/shop`. */
const routesWithSync = (sync: boolean) => `environments: { dev: {} }
routes:
  a:
    image: contoso.azurecr.io/a
    repository: https://dev.azure.com/a/b/_git/c
    update: [{ file: a.yaml, helm: { tag: image.tag } }]
    application: argocd/shop
    argocd: { sync: ${sync} }
    environments: [dev]
`;

describe('connect argocd', () => {
  test.each([
    ['patch', 'notifications-cm.yaml'],
    ['helm', 'helm-values.yaml'],
    ['extension', 'extension-settings.json'],
  ])('prints as %s what %s has, with the host of the app', async (format, name) => {
    const { code, stdout, stderr } = await cli(['connect', 'argocd', ...app, '--format', format]);
    expect(code).toBe(0);
    const committed = readFileSync(join(root, 'infra/argocd', name), 'utf8');
    expect(committed).toBe(files[name]);
    expect(parse(stdout)).toEqual(parse(committed.replaceAll('TAGRELAY_HOST', 'contoso-tagrelay.example')));
    expect(stderr).toContain('THE_SECRET');
  });

  test('every step is a command that a shell parses', async () => {
    for (const format of ['patch', 'helm', 'extension']) {
      const { stdout } = await cli(['connect', 'argocd', ...app, '--format', format, '--instance', 'weu', '--json']);
      const { steps } = JSON.parse(stdout) as { steps: { commands: string[] }[] };
      const lines = steps.flatMap(({ commands }) => commands);
      expect(lines.join('\n')).toContain('--key-name weu');
      const programs = 'for p in az kubectl helm argocd; do eval "$p() { for last; do :; done; }"; done';
      execFileSync('sh', ['-euc', `${programs}\n${lines.join('\n')}`], { cwd: await temporaryFolder() });
    }
  });

  test('the account may only get the applications of its projects, and no policy of others is replaced', async () => {
    const args = [
      'connect',
      'argocd',
      ...app,
      '--instance',
      'weu-1',
      '--project',
      'shop',
      '--project',
      'pay',
      '--json',
    ];
    const { steps } = JSON.parse((await cli(args)).stdout) as { steps: { commands: string[] }[] };
    const commands = steps.flatMap((step) => step.commands).join('\n');
    const policy = 'p, tagrelay, applications, get, shop/*, allow\np, tagrelay, applications, get, pay/*, allow\n';
    expect(commands).toContain(JSON.stringify({ data: { 'policy.tagrelay.csv': policy } }));
    expect(commands).toContain('{"data":{"accounts.tagrelay":"apiKey"}}');
    expect(commands).toContain('argocd account generate-token --account tagrelay');
    expect(commands).toContain('ARGOCD_URL__weu_1=https://ARGOCD_HOST ARGOCD_TOKEN__weu_1=THE_TOKEN');
    expect(commands).not.toMatch(/\*\/\*|, sync,/);
  });

  test('without a project the account may get all applications, and the setting has no instance', async () => {
    const { stderr } = await cli(['connect', 'argocd', ...app]);
    expect(stderr).toContain('p, tagrelay, applications, get, */*, allow');
    expect(stderr).toContain('ARGOCD_URL=https://ARGOCD_HOST');
  });

  test('with routes only their applications are annotated, and send at most two hints for an operation', async () => {
    const folder = await temporaryFolder();
    const common = `repository: 'https://dev.azure.com/a/b/_git/c', environments: [dev]`;
    writeFileSync(
      join(folder, 'routes.yaml'),
      `environments: { dev: {} }
routes:
  a: { image: contoso.azurecr.io/a, ${common}, ${helm('a.yaml')}, application: [weu/argocd/shop, weu/team/cart] }
  b: { image: contoso.azurecr.io/b, ${common}, ${helm('b.yaml')}, application: neu/argocd/other }
  'c-{service}': { image: 'contoso.azurecr.io/c/{service}', ${common}, ${helm('c/{service}.yaml')}, application: 'weu/argocd/{service}' }
`,
    );
    const args = [
      'connect',
      'argocd',
      ...app,
      'routes.yaml',
      '--image',
      'contoso.azurecr.io/c/pay',
      '--instance',
      'weu',
      '--json',
    ];
    const { code, stdout, stderr } = await cli(args, { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { document, steps } = JSON.parse(stdout) as {
      document: string;
      steps: { text: string; commands: string[] }[];
    };
    const subscribe = '--overwrite notifications.argoproj.io/subscribe.tagrelay.tagrelay=';
    expect(steps.flatMap(({ commands }) => commands).filter((line) => line.includes(' annotate '))).toEqual([
      `kubectl annotate application pay shop --namespace argocd ${subscribe}`,
      `kubectl annotate application cart --namespace team ${subscribe}`,
    ]);
    const { data } = parse(document) as { data: Record<string, string> };
    expect(data['subscriptions']).toBeUndefined();
    const conditions = parse(data['trigger.tagrelay'] ?? '') as { oncePer?: string }[];
    expect(conditions.map(({ oncePer }) => oncePer)).toEqual([
      'app.status?.operationState?.finishedAt',
      'app.status?.operationState?.finishedAt',
    ]);
    expect(stdout).not.toContain('applicationsets');
    const other = await cli(['connect', 'argocd', ...app, 'routes.yaml', '--instance', 'neu'], { cwd: folder });
    expect(other.stderr).toContain('annotate application other --namespace argocd');
    expect(other.stderr).toContain('c-{service} dev: its application depends on the image');
    const none = await cli(['connect', 'argocd', ...app, 'routes.yaml', '--image', 'contoso.azurecr.io/c/pay'], {
      cwd: folder,
    });
    expect(none.stderr).not.toContain(' annotate ');
  });

  test.each(['patch', 'helm', 'extension'])(
    'with --label the subscription selects the routed applications: %s',
    async (format) => {
      const folder = await temporaryFolder();
      writeFileSync(
        join(folder, 'routes.yaml'),
        `environments: { dev: {} }
routes:
  a: { image: contoso.azurecr.io/a, repository: 'https://dev.azure.com/a/b/_git/c', environments: [dev], ${helm('a.yaml')}, application: [argocd/shop, team/cart] }
`,
      );
      const args = ['connect', 'argocd', ...app, '--label', 'tagrelay=routed', '--format', format, '--json'];
      const { code, stdout } = await cli([...args, 'routes.yaml'], { cwd: folder });
      expect(code).toBe(0);
      const { document, steps } = JSON.parse(stdout) as { document: string; steps: { commands: string[] }[] };
      expect(steps.flatMap(({ commands }) => commands).filter((line) => / label | annotate /.test(line))).toEqual([
        'kubectl label application shop --namespace argocd --overwrite tagrelay=routed',
        'kubectl label application cart --namespace team --overwrite tagrelay=routed',
      ]);
      expect(document).toMatch(/selector[^\n]*tagrelay=routed/);
      expect(document).not.toContain('Nothing has changed');
      const without = await cli(args);
      expect(without.stdout).toContain(
        'kubectl label application NAME --namespace NAMESPACE --overwrite tagrelay=routed',
      );
    },
  );

  test.each(['tagrelay', 'a=b,c=d', 'a=$(id)'])('--label %s is no label', async (label) => {
    expect(await cli(['connect', 'argocd', ...app, '--label', label])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected KEY=VALUE') as unknown,
    });
  });

  test('where a route edits an Application, the account may get ApplicationSets', async () => {
    const folder = await temporaryFolder();
    writeFileSync(
      join(folder, 'routes.yaml'),
      `environments: { dev: {} }
routes:
  a:
    image: contoso.azurecr.io/a
    repository: https://dev.azure.com/a/b/_git/c
    update: [{ file: app.yaml, application: { parameters: { tag: image.tag } } }]
    application: argocd/shop
    environments: [dev]
`,
    );
    const { stderr } = await cli(['connect', 'argocd', ...app, 'routes.yaml', '--project', 'shop'], { cwd: folder });
    expect(stderr).toContain(
      'p, tagrelay, applications, get, shop/*, allow\\np, tagrelay, applicationsets, get, shop/*, allow',
    );
  });

  test('where a route wants syncs, the account may sync the applications of its projects', async () => {
    const folder = await temporaryFolder();
    const call = ['connect', 'argocd', ...app, 'routes.yaml', '--project', 'shop', '--project', 'pay'];
    writeFileSync(join(folder, 'routes.yaml'), routesWithSync(true));
    const { stderr } = await cli(call, { cwd: folder });
    for (const project of ['shop', 'pay'])
      expect(stderr).toContain(
        `p, tagrelay, applications, get, ${project}/*, allow\\np, tagrelay, applications, sync, ${project}/*, allow`,
      );
    writeFileSync(join(folder, 'routes.yaml'), routesWithSync(false));
    expect((await cli(call, { cwd: folder })).stderr).not.toContain('sync, shop/*');
  });

  test('the subscription of all applications warns of more than 20', async () => {
    expect((await cli(['connect', 'argocd', ...app])).stderr).toContain('With more than 20 applications');
  });

  test('the applications are counted where the API can be asked', async () => {
    let count = 21;
    const argocd = await serveOnLoopback((_request, response) => {
      response.end(JSON.stringify({ items: Array.from({ length: count }, () => ({ metadata: { name: 'a' } })) }));
    });
    onTestFinished(() => argocd.close());
    const env = { ARGOCD_URL__weu: argocd.url, ARGOCD_TOKEN__weu: 'account-token' };
    const connect = () => cli(['connect', 'argocd', ...app, '--instance', 'weu'], { env });
    const many = await connect();
    expect(many.stderr).toContain('WARNING: Argo CD evaluates about two applications a second');
    expect(many.stderr).toContain('for all of them: 21.');
    expect(`${many.stdout}${many.stderr}`).not.toContain('account-token');
    count = 20;
    expect((await connect()).stderr).not.toContain('applications a second');
    await argocd.close();
    expect((await connect()).stderr).toContain('With more than 20 applications');
  });

  test('subscriptions of others stay, and ours is there once', async () => {
    const folder = await temporaryFolder();
    const mine = { recipients: ['slack:ops'], triggers: ['on-failed'] };
    const ours = { recipients: ['tagrelay'], triggers: ['tagrelay'] };
    const both = [mine, ours];
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', data: { subscriptions: JSON.stringify(both) } };
    writeFileSync(join(folder, 'cm.yaml'), JSON.stringify(configMap));
    const patch = await cli(['connect', 'argocd', ...app, '--existing', 'cm.yaml'], { cwd: folder });
    const { data } = parse(patch.stdout) as { data: { subscriptions: string } };
    expect(parse(data.subscriptions)).toEqual(both);
    writeFileSync(join(folder, 'values.yaml'), JSON.stringify({ notifications: { subscriptions: both } }));
    const helm = await cli(['connect', 'argocd', ...app, '--format', 'helm', '--existing', 'values.yaml'], {
      cwd: folder,
    });
    expect(parse(helm.stdout)).toMatchObject({ notifications: { subscriptions: both } });
    for (const text of ['kind: ConfigMap\ndata: { subscriptions: "a: [" }\n', 'kind: Secret\n', 'a: [']) {
      writeFileSync(join(folder, 'bad.yaml'), text);
      const args = ['connect', 'argocd', ...app, '--existing', 'bad.yaml'];
      expect(await cli(args, { cwd: folder })).toMatchObject({ code: 2, stdout: '' });
    }
  });

  test.each([
    ['plain http', ['--url', 'http://127.0.0.1:7071']],
    ['a namespace that is none', [...app, '--namespace', 'a b']],
    ['a project that is none', [...app, '--project', 'a, allow']],
    ['a format that is none', [...app, '--format', 'kustomize']],
    ['a file that does not exist', [...app, 'no-routes.yaml']],
    ['subscriptions of the extension', [...app, '--format', 'extension', '--existing', 'x']],
  ])('%s is a wrong call', async (_name, args) => {
    expect(await cli(['connect', 'argocd', ...args])).toMatchObject({ code: 2, stdout: '' });
  });
});

const route = (image: string, file: string) =>
  `{ image: ${image}, repository: 'https://dev.azure.com/a/b/_git/c', update: [{ file: ${file}, helm: { tag: tag } }], environments: [dev] }`;

describe('connect acr', () => {
  const routes = `routes:\n  a: ${route('contoso.azurecr.io/shop/a', 'a.yaml')}\n  b: ${route('fabrikam.azurecr.io/b', 'b.yaml')}\n  c: ${route('fabrikam.azurecr.io/c', 'c.yaml')}\n`;

  /** An Azure CLI that writes down how it was called; `list` answers with `known`. */
  async function fakeAz(known: string, fails = false): Promise<{ cwd: string; PATH: string; calls: () => string[][] }> {
    const cwd = await temporaryFolder();
    writeFileSync(join(cwd, 'routes.yaml'), routes);
    const log = join(cwd, 'calls');
    const answer = fails ? 'echo "ERROR: bad header $*" >&2; exit 3' : `[ "$3" = list ] && echo ${known}; exit 0`;
    writeFileSync(join(cwd, 'az'), `#!/bin/sh\nprintf '%s\\t' "$@" >>"${log}"; echo >>"${log}"\n${answer}\n`);
    chmodSync(join(cwd, 'az'), 0o755);
    writeFileSync(log, '');
    const calls = () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t').slice(0, -1));
    return { cwd, PATH: `${cwd}:${process.env['PATH'] ?? ''}`, calls };
  }

  test('prints the webhook of each registry, with the scope that the images allow', async () => {
    const { cwd } = await fakeAz('');
    const { code, stdout } = await cli(['connect', 'acr', 'routes.yaml', ...app], { cwd });
    expect(code).toBe(0);
    const uri = 'https://contoso-tagrelay.example/api/webhooks/acr';
    const common = `--name tagrelay --actions push --uri ${uri} --headers x-functions-key=THE_FUNCTION_KEY`;
    expect(stdout).toContain(`az acr webhook create --registry contoso ${common} --scope 'shop/a:*'\n`);
    expect(stdout).toContain(`az acr webhook create --registry fabrikam ${common}\n`);
    const one = await cli(['connect', 'acr', 'routes.yaml', ...app, '--registry', 'contoso.azurecr.io'], { cwd });
    expect(one.stdout).not.toContain('fabrikam');
  });

  test('--run makes it, or brings the one of this name up to date', async () => {
    const { cwd, PATH, calls } = await fakeAz('tagrelay');
    const args = ['connect', 'acr', 'routes.yaml', ...app, '--run', '--registry', 'contoso.azurecr.io'];
    const env = { PATH, TAGRELAY_KEY: 'geheim' };
    expect(await cli(args, { cwd, env })).toMatchObject({ code: 0, stdout: 'contoso.azurecr.io: updated\n' });
    expect(await cli([...args, '--name', 'another'], { cwd, env })).toMatchObject({
      stdout: 'contoso.azurecr.io: created\n',
    });
    const made = calls().filter(([, , verb]) => verb !== 'list');
    expect(made.map(([, , verb]) => verb)).toEqual(['update', 'create']);
    expect(made[0]).toEqual(expect.arrayContaining(['x-functions-key=geheim', 'shop/a:*', 'push']));
  });

  test('--run tells what the Azure CLI said, and never the key', async () => {
    const { cwd, PATH } = await fakeAz('', true);
    const args = ['connect', 'acr', 'routes.yaml', ...app, '--run'];
    const { code, stdout } = await cli(args, { cwd, env: { PATH, TAGRELAY_KEY: 'geheim' } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('failed: ERROR: bad header') });
    expect(stdout).not.toContain('geheim');
    expect((await cli(args, { cwd, env: { PATH: '', TAGRELAY_KEY: 'x' } })).code).toBe(2);
    expect((await cli(args, { cwd, env: { PATH } })).code).toBe(2);
  });
});
