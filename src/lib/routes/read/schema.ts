import { z } from 'zod';

/*
 * The shape of a routes document, before captures are expanded and layers are merged. Each field may be missing (an
 * outer layer sets it) or null (removes the inherited value). There are no transforms, so every value keeps its position
 * in the text.
 */

const text = z.string().min(1);
const list = <T extends z.ZodType>(item: T) => z.array(item).max(1000);
/**
 * A field of any layer.
 *
 * @param unset the default if no layer sets it; only documentation for editors and the reference
 */
const field = <T extends z.ZodType>(type: T, description: string, unset?: string | boolean) =>
  type
    .nullish()
    .meta(unset === undefined ? { description } : { description: `${description}; default: ${unset}`, default: unset });

const helm = z.strictObject({
  tag: text.optional().describe('Dotted path of the tag: image.tag'),
  image: text.optional().describe('Dotted path of the whole reference, instead of tag'),
  digest: z
    .union([text, z.boolean()])
    .optional()
    .describe('With tag: dotted path of the digest. With image: true adds it to the reference'),
  repository: text.optional().describe('With tag: dotted path of registry/repository'),
});

const digest = z.boolean().optional().describe('Also write the digest');

export const updateSchema = z
  .strictObject({
    file: text.describe('Path in the repository: apps/{service}/values-{environment}.yaml'),
    create: z.boolean().optional().describe('Insert a missing path instead of an error'),
    adopt: z.boolean().optional().describe('Replace another image in the file instead of an error'),
    helm: helm.optional().describe('Scalars of a Helm values file'),
    kustomize: z
      .strictObject({ name: text.optional().describe('images[].name; default: the image'), digest })
      .optional()
      .describe('images[] of a kustomization.yaml, as by `kustomize edit set image`'),
    manifest: z
      .strictObject({ container: text.optional().describe('Name of the only container to edit'), digest })
      .optional()
      .describe('image: of containers in Kubernetes manifests that use the image'),
    application: z
      .strictObject({
        element: text
          .optional()
          .describe('KEY=VALUE of an element of a list generator in an ApplicationSet: env={environment}'),
        parameters: z
          .strictObject({
            tag: text.optional().describe('Parameter of the tag'),
            digest: text.optional().describe('Parameter of the digest'),
            repository: text.optional().describe('Parameter of registry/repository'),
            image: text.optional().describe('Parameter of the whole reference'),
          })
          .optional()
          .describe('Parameters to set, of Helm or of the element; default: found by the repository'),
        digest,
      })
      .optional()
      .describe('Image in an Argo CD Application or ApplicationSet'),
    chart: z
      .strictObject({ dependency: text.describe('Name of the dependency') })
      .optional()
      .describe('Dependency of a Chart.yaml, on the push of an OCI chart'),
    yaml: z
      .strictObject({
        path: text.describe('Dotted path of the scalar'),
        value: text.describe("Template of {registry}, {repository}, {tag} and {digest}: '{repository}:{tag}'"),
      })
      .optional()
      .describe('One scalar of a YAML or JSON file'),
  })
  .meta({ id: 'update' });

export const updateKinds = ['helm', 'kustomize', 'manifest', 'application', 'chart', 'yaml'] as const;

const windowSchema = z
  .strictObject({
    kind: z.enum(['allow', 'deny']).describe('Whether the window opens or closes'),
    schedule: text.optional().describe("Starts as cron, in timeZone: '0 8 * * 1-5'"),
    duration: text.optional().describe('With schedule: 30m, 8h, 2d'),
    timeZone: text.optional().describe('With schedule: Europe/Berlin, UTC'),
    from: text.optional().describe('One closure, instead of schedule: 2026-12-24T00:00:00+01:00'),
    to: text.optional().describe('With from: end of the closure'),
    reason: text.optional().describe('With from: shown for held updates'),
  })
  .meta({ id: 'window' });

const environmentFields = {
  repository: field(text, 'https URL of the GitOps repository; required in a layer'),
  branch: field(text, 'Branch without refs/heads/; default: the default branch of the repository'),
  update: field(
    list(updateSchema),
    'Edits by file; required in a layer; []: another tool deploys, and nothing is written',
  ),
  tags: field(
    z.strictObject({
      match: field(text, 'RE2 regular expression; order compares its groups: ^(\\d{8})\\.(\\d+)$'),
      semver: field(text, 'node-semver range; a lower bound with -0 includes pre-releases: >=1.0.0-0'),
      order: field(z.enum(['semver', 'numeric', 'alphabetical', 'newest']), 'How to compare two tags', 'newest'),
    }),
    'Accepted tags and their order',
  ),
  allowMovingTags: field(z.boolean(), 'Accept `latest` and similar; needs updates that write the digest', false),
  from: field(
    z.strictObject({
      branches: field(list(text).min(1), 'Azure Pipelines branch filters: main, release/*, refs/tags/v*'),
      reasons: field(
        list(text).min(1),
        'Build reasons, for example individualCI; pull request builds need pullRequest',
      ),
    }),
    'Accepted builds of the image; default: any',
  ),
  build: field(
    z.strictObject({
      definition: field(z.union([text, z.number().int().positive()]), 'Name or id of the pipeline'),
      repository: field(text, 'Repository that the pipeline builds'),
      tag: field(text, 'Template of the tag with {buildId}, {buildNumber}, {sourceVersion:n} and *: main-{buildId}-*'),
    }),
    'How to find the build of the image',
  ),
  promoteFrom: field(
    z.union([text, list(text).min(1)]),
    'Environments of the route in which the image must be healthy first',
  ),
  soak: field(text, 'Time that the image must be healthy in each environment of promoteFrom: 30m, 2h, 1d'),
  sameSource: field(
    z.boolean(),
    'With promoteFrom and own tags: compare the source commit of trusted builds instead of the digest',
    false,
  ),
  windows: field(
    list(windowSchema),
    'When the environment may be written: a matching deny closes; with any allow, one must be open',
  ),
  delivery: field(z.enum(['commit', 'pull-request', 'observe']), 'How a change is delivered', 'pull-request'),
  pullRequest: field(
    z.strictObject({
      reviewers: field(list(text), 'Mail addresses or ids; on GitHub logins and organization/team'),
      labels: field(list(text), 'Labels of the pull request'),
      workItems: field(list(z.number().int().positive()), 'Work item ids; not on GitHub'),
      autoComplete: field(z.boolean(), 'Complete when policies allow', false),
      mergeStrategy: field(
        z.enum(['squash', 'noFastForward', 'rebase', 'rebaseMerge']),
        'Merge by auto-complete; rebaseMerge not on GitHub',
        'squash',
      ),
      draft: field(z.boolean(), 'Open as a draft', false),
      group: field(z.literal('environment'), 'One pull request for all routes of the environment and branch'),
    }),
    'Options of the pull request',
  ),
  onFailure: field(z.enum(['none', 'revert', 'propose']), 'Action after a failed deployment', 'none'),
  failureAfter: field(text, 'Time in Degraded until the deployment is degraded: 90s, 5m, 1h', '5m'),
  application: field(
    z.union([text, list(text)]),
    'Argo CD applications: [instance/]namespace/name; with update: [] also with named groups of tags.match',
  ),
  argocd: field(
    z.strictObject({
      sync: field(z.boolean(), 'Start a sync at the commit where `application` has no automated sync', false),
    }),
    'Calls to Argo CD; they need ARGOCD_URL and a token',
  ),
  skipCi: field(z.enum(['auto', 'always', 'never']), 'Whether commits have [skip ci]', 'auto'),
  statuses: field(
    z.strictObject({ source: field(z.boolean(), 'Status on the source commit of the image', true) }),
    'Commit statuses',
  ),
  missing: field(
    z.enum(['ignore', 'error']),
    'Handling of a missing file or captured path; default: ignore in a pattern, else error',
  ),
  vars: field(z.record(z.string(), z.string()), 'Own words, used as {word}'),
};

export const environmentFieldNames: ReadonlySet<string> = new Set(Object.keys(environmentFields));

export const environmentSchema = z.strictObject(environmentFields).meta({ id: 'environment' });

export const routeSchema = z.strictObject({
  image: text.describe('registry/repository; {word} captures within one path segment'),
  where: z.record(z.string(), list(text).min(1)).optional().describe('Allowed values of captures'),
  ...environmentFields,
  environments: z
    .union([list(text).min(1), z.record(z.string(), environmentSchema.nullable())])
    .optional()
    .describe('Environments of the route: names, or a map with overrides'),
});

export const documentSchema = z.strictObject({
  defaults: environmentSchema.nullish().describe('Inherited by every environment of the document'),
  environments: z.record(z.string(), environmentSchema.nullable()).nullish().describe('Environments of the document'),
  routes: z.record(z.string(), routeSchema).nullish().describe('The routes of the document'),
});

export type WindowSettings = z.infer<typeof windowSchema>;
type WholeUpdate = z.infer<typeof updateSchema>;

/** An entry of `update`. Parts with the wrong shape are left out, also required ones. */
export type UpdateSettings = Partial<
  Omit<WholeUpdate, 'chart' | 'yaml'> & {
    readonly chart: Partial<NonNullable<WholeUpdate['chart']>> | undefined;
    readonly yaml: Partial<NonNullable<WholeUpdate['yaml']>> | undefined;
  }
>;
export type EnvironmentSettings = Omit<z.infer<typeof environmentSchema>, 'update'> & {
  readonly update?: readonly UpdateSettings[] | null | undefined;
};
export type RouteSettings = z.infer<typeof routeSchema>;
export type DocumentSettings = z.infer<typeof documentSchema>;
