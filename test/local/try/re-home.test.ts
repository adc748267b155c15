import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { rehomeRoutes } from '../../../local/try/re-home.ts';

const url = 'https://dev.azure.com/local/try/_git/deploy';
const text = `
defaults: { repository: https://github.com/contoso/deploy.git }
environments:
  dev: { build: { repository: 'https://github.com/contoso/api', definition: api } }
  prod: { repository: 'https://git.contoso.com/{domain}/deploy' }
routes:
  api:
    image: ghcr.io/contoso/api
    update: [{ file: a.yaml, helm: { tag: image.tag, repository: image.repository } }]
    environments: { dev: {}, prod: { repository: https://github.com/contoso/prod } }
`;

describe('the repositories of routes move to the emulator', () => {
  test('other hosts, several, and those with words', () => {
    const {
      text: rehomed,
      repository,
      replaced,
    } = rehomeRoutes(text, [
      'https://github.com/contoso/deploy',
      'https://github.com/contoso/deploy',
      'https://github.com/contoso/prod',
    ]);
    expect(repository).toEqual({ organization: 'local', project: 'try', name: 'deploy' });
    expect(replaced).toEqual(['https://github.com/contoso/deploy', 'https://github.com/contoso/prod']);
    expect(parse(rehomed)).toMatchObject({
      defaults: { repository: url },
      environments: {
        dev: { build: { repository: 'https://github.com/contoso/api', definition: 'api' } },
        prod: { repository: url },
      },
      routes: {
        api: {
          update: [{ helm: { tag: 'image.tag', repository: 'image.repository' } }],
          environments: { prod: { repository: url } },
        },
      },
    });
  });

  test('one in Azure Repos keeps its URL', () => {
    const own = 'defaults: { repository: https://contoso@dev.azure.com/contoso/My%20Team/_git/deploy } # kept\n';
    expect(rehomeRoutes(own, ['https://contoso@dev.azure.com/contoso/My%20Team/_git/deploy'])).toEqual({
      text: own,
      repository: { organization: 'contoso', project: 'My Team', name: 'deploy' },
      replaced: [],
    });
  });

  test('one with words in Azure Repos is replaced', () => {
    const { replaced } = rehomeRoutes(text, ['https://dev.azure.com/contoso/{domain}/_git/deploy']);
    expect(replaced).toHaveLength(1);
  });
});
