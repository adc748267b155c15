import { describe, expect, test } from 'vitest';
import { environmentsOf } from '../../../src/cli/applications/environments-of.ts';
import { isSameStage, wordsIn } from '../../../src/cli/applications/environment-words.ts';
import { readApplications } from '../../../src/cli/applications/read-applications.ts';
import { applicationOf, type Given } from './shapes.ts';

const image = 'contoso.azurecr.io/shop/api';

function named(given: readonly Given[], files: readonly string[]): readonly (string | undefined)[] {
  const applications = readApplications(JSON.stringify(given.map(applicationOf)), 'apps.json');
  const environments = environmentsOf(
    applications.map((application, index) => ({
      application,
      images: [image],
      files: [files[index] ?? 'values.yaml'],
    })),
  );
  return applications.map(({ name }) => environments.get(name)?.name);
}

const app = (name: string, rest: Partial<Given> = {}): Given => ({
  name,
  images: [`${image}:1`],
  source: { path: 'x' },
  ...rest,
});

describe('environmentsOf', () => {
  test.each<[string, readonly Given[], readonly string[], readonly (string | undefined)[]]>([
    ['names', [app('api-dev'), app('api-prod')], [], ['dev', 'prod']],
    ['names in front', [app('dev-api'), app('prod-api')], [], ['dev', 'prod']],
    ['names that are not usual', [app('api-alpha'), app('api-omega')], ['a.yaml', 'b.yaml'], ['alpha', 'omega']],
    ['projects', [app('a1', { project: 'nonprod' }), app('a2', { project: 'prod' })], [], ['nonprod', 'prod']],
    [
      'namespaces',
      [app('x', { destination: { namespace: 'shop-qa' } }), app('y', { destination: { namespace: 'shop-live' } })],
      [],
      ['qa', 'live'],
    ],
    [
      'clusters',
      [app('x', { destination: { name: 'aks-dev-01' } }), app('y', { destination: { name: 'aks-prod-01' } })],
      [],
      ['dev', 'prod'],
    ],
    ['paths', [app('one'), app('two')], ['overlays/test/k.yaml', 'overlays/prod/k.yaml'], ['test', 'prod']],
    ['production without a word', [app('api-dev'), app('api')], ['dev/v.yaml', 'prod/v.yaml'], ['dev', 'prod']],
    ['one application alone', [app('api-staging')], [], ['staging']],
    ['one application of a region', [app('api-prod-weu')], [], ['prod-weu']],
    ['one application with numbers', [app('api-2-dev-1')], [], ['dev-1']],
    ['one application without a sign', [app('api')], [], [undefined]],
  ])('%s', (_, given, files, expected) => {
    expect(named(given, files)).toEqual(expected);
  });

  test('a name of one family is known in others', () => {
    const other = 'contoso.azurecr.io/shop/other';
    const given = [app('api-alpha'), app('api-omega'), app('other-omega', { images: [`${other}:1`] })];
    const applications = readApplications(JSON.stringify(given.map(applicationOf)), 'apps.json');
    const environments = environmentsOf(
      applications.map((application, index) => ({
        application,
        images: [index < 2 ? image : other],
        files: [`${index}.yaml`],
      })),
    );
    expect(environments.get('argocd/other-omega')?.name).toBe('omega');
  });
});

test.each([
  ['stg', 'staging', true],
  ['prod', 'production', true],
  ['dev', 'development', true],
  ['prod', 'preprod', false],
  ['nonprod', 'test', true],
  ['nonprod', 'prod', false],
  ['dev', 'test', false],
])('%s and %s', (a, b, expected) => {
  expect(isSameStage(a, b)).toBe(expected);
});

test('words of names', () => {
  expect(wordsIn('orders-non-prod-weu.1')).toEqual(['orders', 'non-prod', 'weu', '1']);
  expect(wordsIn('pre-prod')).toEqual(['pre-prod']);
  expect(wordsIn('pre-product')).toEqual(['pre', 'product']);
});
