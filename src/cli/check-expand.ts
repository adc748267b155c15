import { stringify } from 'yaml';
import { formatPath } from '../lib/model/value-path.ts';
import { promotionPaths } from './promotion-path.ts';
import type { FileEdit } from '../lib/model/file-edit.ts';
import type { Environment, RouteTemplate, Window } from '../lib/routes/route.ts';

/** Routes in full, as the routes document would have them if nothing were inherited; above them the paths of promotions. */
export function formatExpanded(routes: readonly RouteTemplate[]): string {
  const document = Object.fromEntries(
    routes.map(({ name, image, where, environments, refused }) => [
      name,
      {
        image,
        ...(where && { where }),
        environments: Object.fromEntries(environments.map((environment) => [environment.name, expanded(environment)])),
        ...(refused.length > 0 && { refused: Object.fromEntries(refused.map(({ name, reason }) => [name, reason])) }),
      },
    ]),
  );
  const paths = routes.flatMap(({ name, environments }) =>
    promotionPaths(environments).map((path) => `# ${name}: ${path}\n`),
  );
  return `${paths.join('')}${stringify({ routes: document }, { lineWidth: 0, aliasDuplicateObjects: false })}\n`;
}

function expanded({
  name: _name,
  takesPushes,
  failureAfterSeconds,
  soakSeconds,
  sameSource,
  promoteFrom,
  windows,
  tags,
  update,
  ...rest
}: Environment): object {
  const { allowMovingTags, ...policy } = tags;
  const [source, ...others] = promoteFrom;
  return Object.assign(
    { update: update.map(written) },
    rest,
    source === undefined ? {} : { promoteFrom: others.length === 0 ? source : promoteFrom },
    soakSeconds > 0 ? { soak: `${soakSeconds}s` } : {},
    sameSource ? { sameSource } : {},
    windows.length > 0 ? { windows: windows.map(writtenWindow) } : {},
    rest.application.length > 0 ? { failureAfter: `${failureAfterSeconds}s` } : {},
    takesPushes ? { tags: policy } : {},
    allowMovingTags ? { allowMovingTags } : {},
  );
}

function writtenWindow(window: Window): object {
  if ('from' in window) return window;
  const { durationSeconds, ...rest } = window;
  return { ...rest, duration: `${durationSeconds}s` };
}

function written(update: FileEdit): object {
  const { kind, file, create, adopt, ...details } = update;
  return {
    file,
    ...(create && { create }),
    ...(adopt === true && { adopt }),
    [kind]: update.kind === 'helm' ? helm(update.values) : paths(details),
  };
}

function helm(values: Extract<FileEdit, { kind: 'helm' }>['values']): object {
  return 'image' in values
    ? { image: formatPath(values.image), ...(values.digest && { digest: true }) }
    : Object.fromEntries(Object.entries(values).map(([role, path]) => [role, formatPath(path)]));
}

function paths(details: object): object {
  return Object.fromEntries(
    Object.entries(details)
      .filter(([, value]) => value !== false)
      .map(([key, value]: [string, unknown]) => [
        key,
        key === 'path' && Array.isArray(value) ? formatPath(value) : value,
      ]),
  );
}
