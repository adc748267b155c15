import { afterEach, describe, expect, test } from 'vitest';
import { Checkout, type Layout } from './layout.ts';

const host = 'contoso.azurecr.io';
const digest = `sha256:${'a'.repeat(64)}`;
const open: Checkout[] = [];
afterEach(() => {
  for (const checkout of open.splice(0)) checkout.remove();
});

function checkoutOf(layout: Layout, registries?: string): Checkout {
  const checkout = new Checkout(layout, registries);
  open.push(checkout);
  return checkout;
}

describe('nothing is dropped', () => {
  test.each<readonly [string, Layout, readonly string[]]>([
    [
      'a template',
      { 'a.yaml': `image: ${host}/a:#{TAG}#\n`, 'b.yaml': `kind: Pod\nimage: "${host}/b:\${TAG}"\n` },
      [
        `a.yaml ${host}/a:#{TAG}#: it is a template: a later step fills in the tag, so there is nothing to edit`,
        `b.yaml ${host}/b:\${TAG}: it is a template: a later step fills in the tag, so there is nothing to edit`,
      ],
    ],
    [
      'a text that is not YAML',
      { 'a.yaml': `a: [\nimage: ${host}/a:1\n` },
      [`a.yaml ${host}/a:1: it is not valid YAML`],
    ],
    [
      "a chart's template",
      { 'templates/a.yaml': `image: ${host}/a:1\n` },
      [`templates/a.yaml ${host}/a:1: it is a template of a chart`],
    ],
    ['an image without a tag', { 'a.yaml': `image: ${host}/a\n` }, [`a.yaml ${host}/a: no tag is beside it`]],
    [
      'a registry and a repository without a tag',
      { 'a.yaml': `image: { registry: ${host}, repository: shop/a, pullPolicy: Always }\n` },
      [`a.yaml ${host}/shop/a: no tag is beside it`],
    ],
    [
      'a registry that is not one of Azure',
      { 'a.yaml': 'image: ghcr.io/contoso/a:1\n' },
      ['a.yaml ghcr.io/contoso/a:1: its registry is not one of Azure; --image takes it'],
    ],
    [
      'text inside of a value',
      { 'a.yaml': `args: |\n  --image=${host}/a:1\n  --verbose\n` },
      [`a.yaml ${host}/a:1: init does not know this form; write the route by hand`],
    ],
  ])('%s', async (_, layout, expected) => {
    const { uncovered } = await checkoutOf({
      ...layout,
      'values-dev.yaml': `image: ${host}/known:1.0.0\n`,
    }).init();
    expect(uncovered).toEqual(expected);
  });

  test('an alias is not a place: the anchor is', async () => {
    const { uncovered, writes } = await checkoutOf({
      'values-dev.yaml': `base: &base ${host}/a:1.0.0\nimage: *base\n`,
    }).init();
    expect(writes['a']?.['dev']).toEqual([expect.stringContaining('"base"')]);
    expect(uncovered).toEqual([]);
  });

  test('a file that the plan refuses has no route, and is listed with the reason of the plan', async () => {
    const large = `# ${'x'.repeat(1024 * 1024)}\nimage: ${host}/a:1.1.0\n`;
    const { uncovered, writes } = await checkoutOf({
      'values-dev.yaml': large,
      'values-prod.yaml': `image: ${host}/a:1.0.0\n`,
    }).init();
    expect(Object.keys(writes['a'] ?? {})).toEqual(['prod']);
    expect(uncovered).toEqual([expect.stringMatching(/^values-dev\.yaml \S+:1\.1\.0: .*(?:1 MiB|large|bytes)/)]);
  });

  test('the command prints the list, and the setting that the routes need', async () => {
    const checkout = checkoutOf({
      'values-dev.yaml': 'image: ghcr.io/contoso/a:1.0.0\n',
      'values-prod.yaml': 'image: ghcr.io/contoso/a:${TAG}\n',
    });
    const { code, stderr } = await checkout.run('init', '--checkout', '.', '--image', 'ghcr.io/**');
    expect(code).toBe(0);
    expect(stderr).toContain('values-prod.yaml:1 (ghcr.io/contoso/a:${TAG}): it is a template');
    expect(stderr).toContain('Next: REGISTRIES=ghcr.io tagrelay check routes.yaml');
  });

  test('no `from` for a registry that does not return when it received an image', async () => {
    const { text, environmentsOf } = await checkoutOf(
      { 'values-dev.yaml': 'image: ghcr.io/contoso/a:1.0.0\n' },
      'ghcr.io',
    ).init();
    expect(environmentsOf('ghcr.io/contoso/a')).toMatchObject([{ name: 'dev' }]);
    expect(text).not.toContain('from: {');
  });

  test.each([
    ['kustomization.yaml', `images: [{ name: ${host}/a, digest: '${digest}' }]\n`],
    ['kustomization.yaml', `images: [{ name: ${host}/a, newTag: v1, digest: '${digest}' }]\n`],
    ['kustomization.yaml', `images: [{ name: ${host}/a, newTag: 'v1@${digest}' }]\n`],
    ['pod.yaml', `apiVersion: v1\nkind: Pod\nspec: { containers: [{ image: '${host}/a:v1@${digest}' }] }\n`],
    ['values.yaml', `image: { repository: ${host}/a, tag: 'v1@${digest}' }\n`],
    ['values.yaml', `image: { repository: ${host}/a, tag: v1, digest: '${digest}' }\n`],
    ['values.yaml', `image: '${host}/a:v1@${digest}'\n`],
  ])('a digest in %s is written', async (file, text) => {
    const checkout = checkoutOf({ [file]: text });
    const { uncovered } = await checkout.init();
    expect(uncovered).toEqual([]);
    expect(await checkout.plan(`${host}/a:v2@sha256:${'b'.repeat(64)}`)).toMatchObject({ code: 0, files: [file] });
  });

  test("a value in an ApplicationSet's template is for all of its Applications: a note says so", async () => {
    const { notes, environmentsOf } = await checkoutOf({
      'set.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: a }\nspec: { template: { spec: { source: { kustomize: { images: ['${host}/a:v1'] } } } } }\n`,
    }).init();
    expect(environmentsOf(`${host}/a`)).toMatchObject([{ delivery: 'pull-request' }]);
    expect(notes).toEqual([`set.yaml: a push of ${host}/a changes every Application of this ApplicationSet`]);
  });
});
