import { describe, expect, test } from 'vitest';
import { sourceRepository } from '../../../src/cli/applications/source-repository.ts';
import { splitCheckout } from '../../../src/cli/applications/split-checkout.ts';
import { UsageError } from '../../../src/cli/command.ts';

const azure = 'https://dev.azure.com/contoso/platform/_git/gitops';
const own = 'https://git.contoso.com/team/gitops';

describe('sourceRepository', () => {
  test.each([
    [azure, azure],
    ['https://user@dev.azure.com/contoso/platform/_git/gitops', azure],
    ['https://user:secret@dev.azure.com/contoso/platform/_git/gitops', azure],
    ['git@ssh.dev.azure.com:v3/contoso/platform/gitops', azure],
    ['ssh://git@ssh.dev.azure.com/v3/contoso/platform/gitops', azure],
    ['https://contoso.visualstudio.com/DefaultCollection/platform/_git/gitops', azure],
    ['git@github.com:contoso/gitops.git', 'https://github.com/contoso/gitops'],
    ['https://github.com/contoso/gitops.git', 'https://github.com/contoso/gitops'],
    ['git@git.contoso.com:team/gitops.git', own],
    ['ssh://git@git.contoso.com:2222/team/gitops.git', own],
    ['contoso.azurecr.io/charts', undefined],
    ['oci://contoso.azurecr.io/charts/api', undefined],
    ['', undefined],
  ])('%s is %s', (repoURL, url) => {
    const found = sourceRepository({ repoURL }, []);
    expect(found.url).toBe(url);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  test('names of Azure DevOps differ in case only for people', () => {
    const [first, second] = [azure, 'https://dev.azure.com/Contoso/Platform/_git/GitOps'].map((repoURL) =>
      sourceRepository({ repoURL }, []),
    );
    expect(first?.key).toBe(second?.key);
  });

  test.each<[string | undefined, object]>([
    [undefined, {}],
    ['', {}],
    ['HEAD', {}],
    ['main', { branch: 'main' }],
    ['refs/heads/main', { branch: 'main' }],
    ['release/1.2', { branch: 'release/1.2' }],
    ['v1.2.3', { pinned: 'v1.2.3' }],
    ['1.*', { pinned: '1.*' }],
    ['>=1.0.0', { pinned: '>=1.0.0' }],
    ['refs/tags/v1', { pinned: 'refs/tags/v1' }],
    ['0123456789abcdef0123456789abcdef01234567', { pinned: '0123456789abcdef0123456789abcdef01234567' }],
  ])('the revision %s', (targetRevision, expected) => {
    const { branch, pinned } = sourceRepository({ repoURL: azure, targetRevision }, []);
    expect({ ...(branch !== undefined && { branch }), ...(pinned !== undefined && { pinned }) }).toEqual(expected);
  });
});

describe('splitCheckout', () => {
  test.each([
    ['gitops', { directory: 'gitops' }],
    ['a=b', { directory: 'a=b' }],
    [`${azure}=gitops`, { url: azure, directory: 'gitops' }],
    ['git@ssh.dev.azure.com:v3/a/b/c=../x', { url: 'git@ssh.dev.azure.com:v3/a/b/c', directory: '../x' }],
    ['ssh://git@github.com/a/b=x', { url: 'ssh://git@github.com/a/b', directory: 'x' }],
  ])('%s', (text, expected) => {
    expect(splitCheckout(text)).toEqual(expected);
  });

  test('needs a directory', () => {
    expect(() => splitCheckout(`${azure}=`)).toThrow(UsageError);
  });
});
