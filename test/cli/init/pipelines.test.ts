import { afterEach, describe, expect, test } from 'vitest';
import { Checkout, type Layout } from './layout.ts';

const image = 'contoso.azurecr.io/shop/api';
const values = (tag: string): string => `image:\n  repository: ${image}\n  tag: "${tag}"\n`;
const docker = (tags: string): string =>
  `  - task: Docker@2\n    inputs: { command: buildAndPush, repository: ${image}, tags: '${tags}' }\n`;
const stage = (name: string, branch: string): string =>
  `  - stage: ${name}\n    condition: eq(variables['Build.SourceBranch'], 'refs/heads/${branch}')\n    jobs:\n      - job: a\n        steps:\n          - ${editing(`values-${name}.yaml`)}\n`;

const open: Checkout[] = [];
afterEach(() => {
  for (const checkout of open.splice(0)) checkout.remove();
});

async function guess(layout: Layout, pipeline: string): Promise<Awaited<ReturnType<Checkout['init']>>> {
  const checkout = new Checkout({ ...layout, 'azure-pipelines.yml': pipeline });
  open.push(checkout);
  return await checkout.init('--from', 'azure-pipelines.yml');
}

const bare: Layout = {
  'apps/api/values-dev.yaml': 'image:\n  tag: "1"\n',
  'apps/api/values-prod.yaml': 'image:\n  tag: "1"\n',
};
const edit = String.raw`sed -i "s/tag: .*/tag: 7/"`;
/** A key with a script of one line. */
const editing = (path: string, key = 'bash'): string => `${key}: ${JSON.stringify(`${edit} ${path}`)}`;

describe('--from finds the files that a pipeline edits', () => {
  test.each<readonly [string, string]>([
    [
      'in a clone',
      `  - script: |\n      git clone https://github.com/contoso/deploy\n      cd deploy\n      ${edit} apps/api/values-dev.yaml`,
    ],
    [
      'in a clone by variable',
      `  - script: |\n      REPO=https://github.com/contoso/deploy\n      DIR=work\n      git clone "$REPO" "$DIR"\n      cd $DIR/apps\n      ${edit} api/values-dev.yaml`,
    ],
    [
      'in the folder of a checkout step',
      `  - checkout: gitops\n  - script: |\n      cd gitops/apps/api\n      ${edit} ./values-dev.yaml`,
    ],
    [
      'from the working directory',
      `  - ${editing('values-dev.yaml', 'script')}\n    workingDirectory: $(Build.SourcesDirectory)/apps/api`,
    ],
    ['by a variable of the pipeline', `  - ${editing('$(file)')}`],
    ['by a script that it calls', `  - bash: ./ci/update.sh apps/api/values-dev.yaml`],
    ['by a step template', `  - template: ci/steps.yml\n    parameters: { env: dev }`],
    ['by yq', `  - bash: yq -i '.image.tag = "7"' apps/api/values-dev.yaml`],
    [
      'by yq with its options behind the expression',
      String.raw`  - bash: yq e ".image.tag = \"7\"" -i "apps/api/values-dev.yaml"`,
    ],
    ['in a subshell', `  - bash: |\n      (cd apps/api && ${edit} values-dev.yaml)`],
    [
      'by a script task with arguments',
      `  - task: ShellScript@2\n    inputs: { scriptPath: ci/update.sh, args: apps/api/values-dev.yaml }`,
    ],
    [
      'by PowerShell',
      `  - powershell: |\n      (Get-Content apps/api/values-dev.yaml) -replace 'tag:.*', 'tag: 7' | Set-Content apps/api/values-dev.yaml`,
    ],
  ])('%s', async (_, steps) => {
    const pipeline = `variables: { file: apps/api/values-$(stage).yaml, stage: dev }\nresources: { repositories: [{ repository: gitops, type: git, name: platform/gitops }] }\nsteps:\n${docker('$(Build.BuildId)')}${steps}\n`;
    const { environmentsOf, notes } = await guess(
      {
        ...bare,
        'ci/update.sh': `#!/bin/sh\n${edit} "$1"\n`,
        'ci/steps.yml': `parameters: [{ name: env }]\nsteps:\n  - ${editing('apps/api/values-${{ parameters.env }}.yaml')}\n`,
      },
      pipeline,
    );
    expect(notes).toEqual([]);
    expect(environmentsOf(image)).toMatchObject([{ name: 'dev', update: [{ file: 'apps/api/values-dev.yaml' }] }]);
  });

  test.each([
    ['several files', `${edit} apps/api/values-dev.yaml apps/api/values-prod.yaml`],
    ['braces', `${edit} apps/api/values-{dev,prod}.yaml`],
    ['a loop', `for env in dev prod; do ${edit} apps/api/values-$env.yaml; done`],
  ])('%s are an environment each', async (_, line) => {
    const { environmentsOf } = await guess(
      bare,
      `steps:\n${docker('$(Build.BuildId)')}  - bash: ${JSON.stringify(line)}\n`,
    );
    expect(environmentsOf(image).map(({ name, update }) => [name, update.map(({ file }) => file)])).toEqual([
      ['dev', ['apps/api/values-dev.yaml']],
      ['prod', ['apps/api/values-prod.yaml']],
    ]);
  });

  test('only adds: files that init reads itself stay', async () => {
    const layout = { 'values-dev.yaml': values('7'), 'values-prod.yaml': values('6') };
    const { environmentsOf } = await guess(
      layout,
      `steps:\n${docker('$(Build.BuildId)')}  - ${editing('values-dev.yaml')}\n`,
    );
    expect(environmentsOf(image).map(({ name }) => name)).toEqual(['dev', 'prod']);
  });

  test('the name of an image for kustomize has no quotes', async () => {
    const { environmentsOf } = await guess(
      { 'overlays/dev/kustomization.yaml': `images: [{ name: api, newName: ${image}, newTag: "7" }]\n` },
      `steps:\n${docker('$(Build.BuildId)')}  - bash: cd overlays/dev && kustomize edit set image "api=*:$(Build.BuildId)"\n`,
    );
    expect(environmentsOf(image)).toMatchObject([{ name: 'dev', update: [{ name: 'api' }] }]);
  });

  test.each([
    [
      'no line edits a file',
      '  - bash: echo done\n',
      '--from: the pipeline has no line that init reads as the edit of a file',
    ],
    [
      'a script is not there',
      '  - bash: ./update-tag.sh dev\n',
      '--from: the pipeline calls ./update-tag.sh, which the checkout does not have',
    ],
    [
      'a file is not there',
      `  - ${editing('other/values.yaml')}\n`,
      '--from: the pipeline edits other/values.yaml, which the checkout does not have',
    ],
  ])('%s: a note says so', async (_, steps, note) => {
    const { notes } = await guess({ 'values-dev.yaml': values('7') }, `steps:\n${docker('$(Build.BuildId)')}${steps}`);
    expect(notes).toContain(note);
  });
});

describe('--from reads', () => {
  test('the branches of each stage', async () => {
    const { environmentsOf } = await guess(
      { 'values-dev.yaml': values('7'), 'values-prod.yaml': values('6') },
      `trigger: [develop, main]\nstages:\n  - stage: build\n    jobs:\n      - job: b\n        steps:\n          - task: Docker@2\n            inputs: { repository: ${image}, tags: $(Build.BuildId) }\n${stage('dev', 'develop')}${stage('prod', 'main')}`,
    );
    expect(environmentsOf(image)).toMatchObject([
      { name: 'dev', from: { branches: ['develop'] } },
      { name: 'prod', from: { branches: ['main'] } },
    ]);
  });

  const branchName = '$(Build.SourceBranchName)';
  test.each([
    [
      'an if',
      `if [ "${branchName}" = "develop" ]; then\n  file=values-dev.yaml\nelse\n  file=values-prod.yaml\nfi\nyq e '.image.tag = "7"' -i "$file"`,
    ],
    [
      'an if of one line, with another inside',
      `if [[ $BUILD_SOURCEBRANCH == refs/heads/develop ]]; then if true; then file=values-dev.yaml; fi; else file=values-prod.yaml; fi\n${edit} $file`,
    ],
    [
      'a case',
      `case "${branchName}" in\n  develop|feature) ${edit} values-dev.yaml ;;\n  *)\n    ${edit} values-prod.yaml\n    ;;\nesac`,
    ],
  ])('the branches of %s in a script', async (_, script) => {
    const { environmentsOf } = await guess(
      { 'values-dev.yaml': values('7'), 'values-prod.yaml': values('6') },
      `trigger: [develop, main]\nsteps:\n${docker('$(Build.BuildId)')}  - bash: ${JSON.stringify(script)}\n`,
    );
    const branches = environmentsOf(image).map(({ name, from }) => [name, from?.branches.map(String)]);
    expect(branches[0]?.[1]).toContain('develop');
    expect(branches[0]?.[1]).not.toContain('main');
    expect(branches[1]).toEqual(['prod', ['main']]);
  });

  test('a file that a script edits on every branch has the branches of its stage', async () => {
    const script = `if [ "${branchName}" = develop ]; then echo dev; fi\n${edit} values-dev.yaml`;
    const { environmentsOf } = await guess(
      { 'values-dev.yaml': values('7'), 'values-prod.yaml': values('6') },
      `trigger: [develop, main]\nsteps:\n${docker('$(Build.BuildId)')}  - bash: ${JSON.stringify(script)}\n`,
    );
    expect(environmentsOf(image)[0]).toMatchObject({ name: 'dev', from: { branches: ['develop', 'main'] } });
  });

  test('a replacement of the whole reference, by sed with any separator', async () => {
    const manifest = (tag: string): string => `kind: Runner\nspec: { run: '${image}:${tag}' }\n`;
    const script = `sed -i "s+${image}.*+${image}:7+g" dev/a.yaml`;
    const { environmentsOf, notes } = await guess(
      { 'dev/a.yaml': manifest('6'), 'prod/a.yaml': manifest('5') },
      `trigger: [develop, main]\nsteps:\n${docker('$(Build.BuildId)')}  - bash: ${JSON.stringify(script)}\n    condition: eq(variables['Build.SourceBranch'], 'refs/heads/develop')\n`,
    );
    expect(notes).toEqual([]);
    expect(environmentsOf(image)[0]).toMatchObject({ name: 'dev', from: { branches: ['develop'] } });
  });

  test('a name without its folder is a file only where it is the only one', async () => {
    const { notes } = await guess(
      {
        'apps/dev/kustomization.yaml': `images: [{ name: ${image}, newTag: "7" }]\n`,
        'apps/staging/kustomization.yaml': `images: [{ name: ${image}, newTag: "6" }]\n`,
      },
      `steps:\n${docker('$(Build.BuildId)')}  - bash: kustomize edit set image ${image}:7\n`,
    );
    expect(notes).toContain('--from: the pipeline edits kustomization.yaml, which the checkout does not have');
  });

  test.each([
    [
      'main-$(Build.BuildId)',
      '',
      { tags: { match: String.raw`^main-(\d+)$`, order: 'numeric' }, build: { tag: 'main-{buildId}' } },
    ],
    [
      '$(tag)',
      'variables: { tag: v$(Build.BuildId) }\n',
      { tags: { match: String.raw`^v(\d+)$` }, build: { tag: 'v{buildId}' } },
    ],
    [
      'main-$(Build.SourceVersion)',
      '',
      { tags: { match: '^main-[0-9a-f]{40}$', order: 'newest' }, build: { tag: 'main-{sourceVersion}' } },
    ],
    [
      'main-$(sha)',
      '',
      { tags: { match: '^main-[0-9a-f]{7}$', order: 'newest' }, build: { tag: 'main-{sourceVersion:7}' } },
    ],
    ['main-$(other)', '', { tags: { match: '^main-[0-9A-Za-z._-]+$', order: 'newest' } }],
  ])('the tag %s', async (tags, head, expected) => {
    const set = '  - bash: echo "##vso[task.setvariable variable=sha]${BUILD_SOURCEVERSION:0:7}"\n';
    const { environmentsOf } = await guess(
      { 'values-dev.yaml': 'image:\n  tag: ""\n' },
      `${head}trigger: [main]\nsteps:\n${set}${docker(tags)}  - ${editing('values-dev.yaml')}\n`,
    );
    expect(environmentsOf(image)).toMatchObject([expected]);
  });
});
