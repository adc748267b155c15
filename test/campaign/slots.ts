import { parse } from 'yaml';

/** An image of a branch, by the tag policy that its environments have. */
export type Kind = 'numeric' | 'semver' | 'newest' | 'calver' | 'pinned';

export const kinds = ['numeric', 'semver', 'newest', 'calver', 'pinned'] as const satisfies readonly Kind[];

/** What an environment of an image holds. */
export interface Value {
  readonly tag: string;
  readonly digest?: string;
}

/** The scalars that one environment of one image sets, on every branch alike. */
export interface Slot {
  readonly name: string;
  readonly kind: Kind;
  readonly environment: 'dev' | 'stage';
  readonly file: string;
}

export const slots: readonly Slot[] = [
  { name: 'numeric-dev', kind: 'numeric', environment: 'dev', file: 'apps/dev.yaml' },
  { name: 'semver-dev', kind: 'semver', environment: 'dev', file: 'apps/dev.yaml' },
  { name: 'numeric-stage', kind: 'numeric', environment: 'stage', file: 'apps/stage.yaml' },
  { name: 'newest-dev', kind: 'newest', environment: 'dev', file: 'apps/more.yaml' },
  { name: 'calver-dev', kind: 'calver', environment: 'dev', file: 'apps/more.yaml' },
  { name: 'pinned-dev', kind: 'pinned', environment: 'dev', file: 'apps/pinned.yaml' },
];

/** The slots' values, by slot. */
export type Values = ReadonlyMap<string, Value>;

const tag = (values: Values, slot: string): string => values.get(slot)?.tag ?? '';
const digest = (values: Values, slot: string): string => values.get(slot)?.digest ?? '';

/** Whole files, written as people write them, so that a byte too many shows. */
const templates: Readonly<Record<string, (values: Values) => string>> = {
  'apps/dev.yaml': (values) => `# Values of dev.  Two spaces, on purpose.
numeric:
  image:   { pullPolicy: "IfNotPresent",   tag: '${tag(values, 'numeric-dev')}' } # moved by the app
  replicas: 0x10

semver:
    image:
        tag: "${tag(values, 'semver-dev')}"

        pullPolicy: IfNotPresent   `,
  'apps/stage.yaml': (values) => `numeric: {image: {tag: "${tag(values, 'numeric-stage')}"}}\r\n# CRLF\r\n`,
  'apps/more.yaml': (values) => `---
newest: &newest
  image: { tag: "${tag(values, 'newest-dev')}" }
# ${'-'.repeat(40)}
calver:
  image:
    tag: '${tag(values, 'calver-dev')}'
...
`,
  'apps/pinned.yaml': (values) => `pinned:
  image:
    digest: "${digest(values, 'pinned-dev')}"
    tag: "${tag(values, 'pinned-dev')}"
`,
};

export const filePaths: readonly string[] = Object.keys(templates);

export function renderFile(path: string, values: Values): string {
  const template = templates[path];
  if (!template) throw new Error(`no template for ${path}`);
  return template(values);
}

type Held = Partial<Record<Kind, { readonly image?: { readonly tag?: string; readonly digest?: string } }>>;

/** The values that a file holds; a text that is not exactly what the template makes of them is an error. */
export function readFileValues(path: string, text: string): Values {
  const held = parse(text) as Held;
  const values = new Map<string, Value>();
  for (const { name, kind } of slots.filter(({ file }) => file === path)) {
    const image = held[kind]?.image;
    values.set(name, {
      tag: image?.tag ?? '',
      ...(image?.digest === undefined ? {} : { digest: image.digest }),
    });
  }
  if (renderFile(path, values) !== text) throw new Error(`${path} has changed outside its values:\n${text}`);
  return values;
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return a?.tag === b?.tag && a?.digest === b?.digest;
}

/** The routes of all images, as one document. */
export const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: '{branch}', delivery: commit }
routes:
  'numeric/{branch}':
    image: contoso.azurecr.io/numeric/{branch}
    environments:
      dev: &numeric
        tags: { match: '^main-(\\d+)-[0-9a-f]{7}$', order: numeric }
        update: [{ file: 'apps/{environment}.yaml', helm: { tag: numeric.image.tag } }]
      stage: *numeric
  'semver/{branch}':
    image: contoso.azurecr.io/semver/{branch}
    environments: { dev: { tags: { order: semver }, update: [{ file: apps/dev.yaml, helm: { tag: semver.image.tag } }] } }
  'newest/{branch}':
    image: contoso.azurecr.io/newest/{branch}
    environments: { dev: { tags: { order: newest }, update: [{ file: apps/more.yaml, helm: { tag: newest.image.tag } }] } }
  'calver/{branch}':
    image: contoso.azurecr.io/calver/{branch}
    environments:
      dev: { tags: { match: '^\\d{4}\\.\\d\\d\\.\\d\\d$', order: alphabetical }, update: [{ file: apps/more.yaml, helm: { tag: calver.image.tag } }] }
  'pinned/{branch}':
    image: contoso.azurecr.io/pinned/{branch}
    environments:
      dev:
        tags: { match: '^main-(\\d+)$', order: numeric }
        update: [{ file: apps/pinned.yaml, helm: { tag: pinned.image.tag, digest: pinned.image.digest } }]
`;
