import type { RepositoryAddress } from '../../net/repository-url.ts';
import { branchNameProblem } from './branch-name.ts';
import { buildReasons } from '../match/build-filter.ts';
import { expandApplications, expandFailureAfter } from './expand-applications.ts';
import { checkPreview, expandGroups } from './expand-preview.ts';
import { expandPolicy } from './expand-policy.ts';
import { expandPromoteFrom, expandSameSource, expandSoak } from './expand-promotion.ts';
import { expandWindows } from './expand-windows.ts';
import { writesDigest } from '../../model/file-edit.ts';
import { expandUpdates, type Expansion, type Report } from './expand-updates.ts';
import { checkPullRequest } from './check-pull-request.ts';
import { readRepository, type HostRules } from '../read/host-rules.ts';
import { didYouMean } from '../read/suggest.ts';
import type { Step } from '../read/source-map.ts';
import type { Environment, PullRequestOptions } from '../route.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';
import { environmentPlaceholders } from './environment-placeholders.ts';
import { buildPlaceholders, expandPlaceholders, placeholdersIn, type PlaceholderValues } from '../read/placeholders.ts';

/** An environment whose `tags.order` is not yet inherited from the environment in `promoteFrom`. */
export type OpenEnvironment = Omit<Environment, 'tags'> & {
  readonly tags: Omit<Environment['tags'], 'order'> & { readonly order?: Environment['tags']['order'] };
  readonly address: RepositoryAddress;
  /** For positions of problems. */
  readonly promoteFromIsList: boolean;
  /** Fields with problems: omitted, or partly valid. */
  readonly wrong: ReadonlySet<string>;
};

const nothing: ReadonlySet<string> = new Set();

/**
 * Expands the merged settings of one environment for one image, and reports problems with their path in the settings.
 * Returns `undefined` without a valid repository. `reported` has the fields whose problems were reported before.
 */
export function expandEnvironment(
  name: string,
  settings: EnvironmentSettings,
  captures: PlaceholderValues,
  hosts: HostRules,
  reportFault: Report,
  reported: ReadonlySet<string> = nothing,
): OpenEnvironment | undefined {
  let wrong = reported;
  const report: Report = (fault, path) => {
    wrong = new Set([...wrong, String(path[0])]);
    reportFault(fault, path);
  };
  const words = environmentPlaceholders(name, settings, captures, report);
  const expansion: Expansion = { words, captures: new Set(captures.keys()) };
  const text = (template: string, at: readonly Step[], kept?: ReadonlySet<string>): string | undefined => {
    const expanded = expandPlaceholders(template, words, kept);
    if (typeof expanded === 'string') return expanded;
    report({ code: expanded.code, message: `${formatValue(template)} ${expanded.message}` }, at);
    return undefined;
  };
  const texts = (templates: readonly string[], at: readonly Step[]): readonly string[] =>
    templates.flatMap((template, index) => text(template, [...at, index]) ?? []);

  const address = expandRepository(settings, text, hosts, report);
  const branch =
    settings.branch === undefined || settings.branch === null ? undefined : text(settings.branch, ['branch']);
  const branchProblem = branch === undefined ? undefined : branchNameProblem(branch);
  if (branchProblem !== undefined)
    report({ code: 'branch-invalid', message: `${formatValue(branch)} ${branchProblem}` }, ['branch']);
  if (!settings.update) {
    report(
      {
        code: 'missing-field',
        message:
          'the field is missing; expected a list of updates, such as [{ file: values.yaml, helm: { tag: image.tag } }]',
      },
      ['update'],
    );
  }
  const update = expandUpdates(settings.update ?? [], expansion, report);
  const groups = expandGroups(settings, words, report);
  checkPreview(settings, report);
  const allowMovingTags = settings.allowMovingTags ?? false;
  if (allowMovingTags && !wrong.has('update') && !update.every(writesDigest)) {
    report(
      {
        code: 'moving-tags',
        message:
          '`allowMovingTags` needs a digest in every update; without it, a new image under the same tag changes nothing',
      },
      ['allowMovingTags'],
    );
  }
  const delivery = settings.delivery ?? 'pull-request';
  const proposed = { delivery, ...expandPullRequest(settings, texts) };
  if (address) checkPullRequest(address, proposed, hosts, report);
  const environment = {
    name,
    update,
    tags: expandPolicy(settings.tags ?? {}, allowMovingTags, report),
    takesPushes: !settings.promoteFrom || Boolean(settings.tags),
    promoteFrom: expandPromoteFrom(settings, text),
    promoteFromIsList: Array.isArray(settings.promoteFrom),
    soakSeconds: expandSoak(settings, text, report),
    ...expandSameSource(settings, report),
    windows: expandWindows(settings, text, hosts.now, report),
    ...expandFrom(settings, texts, report),
    ...expandBuild(settings, text, report),
    ...proposed,
    onFailure: settings.onFailure ?? 'none',
    failureAfterSeconds: expandFailureAfter(settings, text, report),
    application: expandApplications(settings, groups, text, report),
    argocd: { sync: settings.argocd?.sync ?? false },
    skipCi: settings.skipCi ?? 'auto',
    statuses: { source: settings.statuses?.source ?? true },
    missing: settings.missing ?? (captures.size > 0 ? 'ignore' : 'error'),
  };
  if (!address) return undefined;
  return { ...environment, repository: address.url, address, wrong, ...(branch !== undefined && { branch }) };
}

type Text = (template: string, at: readonly Step[], kept?: ReadonlySet<string>) => string | undefined;
type Texts = (templates: readonly string[], at: readonly Step[]) => readonly string[];

function expandRepository(
  settings: EnvironmentSettings,
  text: Text,
  hosts: HostRules,
  report: Report,
): RepositoryAddress | undefined {
  if (!settings.repository) {
    report(
      { code: 'missing-field', message: 'the field is missing; expected the https URL of the GitOps repository' },
      ['repository'],
    );
    return undefined;
  }
  const url = text(settings.repository, ['repository']);
  if (url === undefined) return undefined;
  const address = readRepository(url, hosts);
  if (!('code' in address)) return address;
  report({ code: address.code, message: `${formatValue(url)} ${address.message}` }, ['repository']);
  return undefined;
}

function expandFrom({ from }: EnvironmentSettings, texts: Texts, report: Report): Pick<Environment, 'from'> {
  if (!from) return {};
  if (!from.branches) {
    report(
      {
        code: 'missing-field',
        message: 'the field is missing; expected a list of branch filters, such as [main, release/*]',
      },
      ['from', 'branches'],
    );
  }
  for (const [index, reason] of (from.reasons ?? []).entries()) {
    if (buildReasons.some((known) => known.toLowerCase() === reason.toLowerCase())) continue;
    const near = didYouMean(reason, buildReasons) || `; expected ${buildReasons.join(', ')}`;
    report({ code: 'wrong-value', message: `${formatValue(reason)} is not a build reason${near}` }, [
      'from',
      'reasons',
      index,
    ]);
  }
  return {
    from: {
      branches: texts(from.branches ?? [], ['from', 'branches']),
      ...(from.reasons && { reasons: from.reasons }),
    },
  };
}

function expandBuild({ build }: EnvironmentSettings, text: Text, report: Report): Pick<Environment, 'build'> {
  if (!build) return {};
  const definition =
    build.definition === null || build.definition === undefined
      ? undefined
      : text(String(build.definition), ['build', 'definition']);
  const repository = build.repository ? text(build.repository, ['build', 'repository']) : undefined;
  const tag = build.tag ? text(build.tag, ['build', 'tag'], buildPlaceholders) : undefined;
  for (const word of tag === undefined ? [] : placeholdersIn(tag)) {
    if (/^(?:buildId|buildNumber|sourceVersion(?::(?:[1-9]|[1-3]\d|40))?)$/.test(word)) continue;
    report(
      {
        code: 'build-tag-invalid',
        message: `\`{${word}}\` is not a placeholder of \`build.tag\`; expected {buildId}, {buildNumber} or {sourceVersion:n} with n from 1 to 40`,
      },
      ['build', 'tag'],
    );
  }
  if (tag !== undefined && placeholdersIn(tag).length === 0) {
    report(
      {
        code: 'build-tag-invalid',
        message: `${formatValue(tag)} does not identify a build; expected {buildId}, {buildNumber} or {sourceVersion:n} in it`,
      },
      ['build', 'tag'],
    );
  }
  return {
    build: {
      ...(definition !== undefined && { definition }),
      ...(repository !== undefined && { repository }),
      ...(tag !== undefined && { tag }),
    },
  };
}

function expandPullRequest(
  { pullRequest }: EnvironmentSettings,
  texts: Texts,
): { readonly pullRequest?: PullRequestOptions } {
  if (!pullRequest) return {};
  return {
    pullRequest: {
      reviewers: texts(pullRequest.reviewers ?? [], ['pullRequest', 'reviewers']),
      labels: texts(pullRequest.labels ?? [], ['pullRequest', 'labels']),
      workItems: pullRequest.workItems ?? [],
      autoComplete: pullRequest.autoComplete ?? false,
      mergeStrategy: pullRequest.mergeStrategy ?? 'squash',
      draft: pullRequest.draft ?? false,
      ...(pullRequest.group && { group: pullRequest.group }),
    },
  };
}
