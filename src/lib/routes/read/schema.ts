import { z } from 'zod';

/*
 * The shape of a routes document, before captures are expanded and layers are merged. Every field may be missing (an
 * outer layer gives it) or null (what an outer layer gave is removed). There are no transforms: what is valid is used
 * as it was written, so that every value keeps its place in the text.
 */

const text = z.string().min(1);
const list = <T extends z.ZodType>(item: T) => z.array(item).max(1000);
/**
 * A field of any layer.
 *
 * @param unset what counts where no layer has it; only told, to editors and in the reference
 */
const field = <T extends z.ZodType>(type: T, description: string, unset?: string | boolean) =>
  type.nullish().meta({ description, ...(unset !== undefined && { default: unset }) });

const helm = z.strictObject({
  tag: text.optional().describe('Dotted path of the scalar that holds the tag: image.tag'),
  image: text.optional().describe('Dotted path of the scalar that holds the whole reference, instead of tag'),
  digest: z
    .union([text, z.boolean()])
    .optional()
    .describe(
      'With tag: dotted path of the scalar that holds the digest. With image: true writes it into the reference',
    ),
  repository: text.optional().describe('With tag: dotted path of the scalar that holds registry/repository'),
});

const digest = z.boolean().optional().describe('Write the digest as well');

export const updateSchema = z
  .strictObject({
    file: text.describe('Path of the file in the repository: apps/{service}/values-{environment}.yaml'),
    create: z.boolean().optional().describe('Insert a missing path instead of failing'),
    helm: helm.optional().describe('Scalars of a Helm values file'),
    kustomize: z
      .strictObject({ name: text.optional().describe('images[].name, by default the image itself'), digest })
      .optional()
      .describe('images[] of a kustomization.yaml, as `kustomize edit set image` sets it'),
    manifest: z
      .strictObject({ container: text.optional().describe('Only the container of this name'), digest })
      .optional()
      .describe('image: of the containers of Kubernetes manifests whose repository is the image'),
    application: z
      .strictObject({
        parameters: z
          .strictObject({
            tag: text.optional().describe('Name of the parameter that holds the tag'),
            digest: text.optional().describe('Name of the parameter that holds the digest'),
            repository: text.optional().describe('Name of the parameter that holds registry/repository'),
            image: text.optional().describe('Name of the parameter that holds the whole reference'),
          })
          .optional()
          .describe('Names of the Helm parameters to set; without, they are found by the repository'),
        digest,
      })
      .optional()
      .describe('An Argo CD Application or ApplicationSet'),
    chart: z
      .strictObject({ dependency: text.describe('Name of the dependency') })
      .optional()
      .describe('A dependency of a Chart.yaml, on the push of an OCI chart'),
    yaml: z
      .strictObject({
        path: text.describe('Dotted path of the scalar'),
        value: text.describe("Template of {registry}, {repository}, {tag} and {digest}: '{repository}:{tag}'"),
      })
      .optional()
      .describe('One scalar of any YAML or JSON file'),
  })
  .meta({ id: 'update' });

export const updateKinds = ['helm', 'kustomize', 'manifest', 'application', 'chart', 'yaml'] as const;

const environmentFields = {
  repository: field(text, 'https URL of the GitOps repository; some layer has to have it'),
  branch: field(text, "Branch without refs/heads/; the repository's default branch if unset"),
  update: field(list(updateSchema).min(1), 'What is written, file by file; some layer has to have it'),
  tags: field(
    z.strictObject({
      match: field(text, 'RE2 regular expression; its first group is what the order reads'),
      semver: field(text, 'Range of semantic versions, as node-semver reads it'),
      order: field(
        z.enum(['semver', 'numeric', 'alphabetical', 'newest']),
        'Which of two tags is newer; newest if unset',
        'newest',
      ),
    }),
    'Which tags the environment takes, and which of two is newer',
  ),
  allowMovingTags: field(z.boolean(), 'Take `latest` and its like; needs an update that writes the digest', false),
  from: field(
    z.strictObject({
      branches: field(list(text).min(1), 'Branch filters as in Azure Pipelines: main, release/*, refs/tags/v*'),
      reasons: field(
        list(text).min(1),
        'Build reasons, such as individualCI; pull request builds need pullRequest here',
      ),
    }),
    'Which builds the image may come from; any if unset',
  ),
  build: field(
    z.strictObject({
      definition: field(z.union([text, z.number().int().positive()]), 'Name or number of the pipeline'),
      repository: field(text, 'Repository that the pipeline builds'),
      tag: field(
        text,
        'Template of the whole tag of {buildId}, {buildNumber}, {sourceVersion:n} and *: main-{buildId}-*',
      ),
    }),
    'Which builds may stand behind the image',
  ),
  promoteFrom: field(text, 'Environment of this route in which an image must have been healthy'),
  delivery: field(
    z.enum(['commit', 'pull-request', 'observe']),
    'How a change is written; pull-request if unset',
    'pull-request',
  ),
  pullRequest: field(
    z.strictObject({
      reviewers: field(list(text), 'Mail addresses or ids; on GitHub logins, and teams as organization/team'),
      labels: field(list(text), 'Labels'),
      workItems: field(list(z.number().int().positive()), 'Numbers of work items; not on GitHub'),
      autoComplete: field(z.boolean(), 'Complete when all policies allow it', false),
      mergeStrategy: field(
        z.enum(['squash', 'noFastForward', 'rebase', 'rebaseMerge']),
        'How auto-complete merges; rebaseMerge not on GitHub',
        'squash',
      ),
      draft: field(z.boolean(), 'Open as a draft', false),
      group: field(z.literal('environment'), 'One pull request for all routes of the environment and branch'),
    }),
    'How a pull request is opened',
  ),
  onFailure: field(z.enum(['none', 'revert']), 'What happens to a deployment that failed; none if unset', 'none'),
  failureAfter: field(
    text,
    'How long the application has to be Degraded before a deployment counts as degraded: 90s, 5m, 1h; 5m if unset',
    '5m',
  ),
  application: field(z.union([text, list(text)]), 'Argo CD application(s): [instance/]namespace/name'),
  skipCi: field(z.enum(['auto', 'always', 'never']), 'Whether the commit asks CI to skip it; auto if unset', 'auto'),
  statuses: field(
    z.strictObject({ source: field(z.boolean(), 'Post a status on the commit that the image was built from', true) }),
    'Which statuses are posted',
  ),
  missing: field(
    z.enum(['ignore', 'error']),
    'What a missing file, or captured path, means; if unset, ignore in a pattern and error elsewhere',
  ),
  vars: field(z.record(z.string(), z.string()), 'Words of your own, used as {word}'),
};

export const environmentFieldNames: ReadonlySet<string> = new Set(Object.keys(environmentFields));

export const environmentSchema = z.strictObject(environmentFields).meta({ id: 'environment' });

export const routeSchema = z.strictObject({
  image: text.describe('registry/repository of the image; {word} captures within one path segment'),
  where: z.record(z.string(), list(text).min(1)).optional().describe('The only values that a capture takes'),
  ...environmentFields,
  environments: z
    .union([list(text).min(1), z.record(z.string(), environmentSchema.nullable())])
    .optional()
    .describe('Names of environments, or a map of them with what differs in this route'),
});

export const documentSchema = z.strictObject({
  defaults: environmentSchema.nullish().describe('What every environment of this document begins with'),
  environments: z
    .record(z.string(), environmentSchema.nullable())
    .nullish()
    .describe('The environments of this document, by name'),
  routes: z.record(z.string(), routeSchema).nullish().describe('The routes, by name'),
});

type WholeUpdate = z.infer<typeof updateSchema>;

/** An entry of `update`. What has the wrong shape is left out, be it ever so required. */
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
