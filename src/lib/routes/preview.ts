import type { Environment } from './route.ts';
import { compileRegex } from './match/regex.ts';

/** Whether another tool deploys the images of an environment, such as an ApplicationSet: nothing is written. */
export function isPreview({ update }: Pick<Environment, 'update'>): boolean {
  return update.length === 0;
}

/** Whether the tag of each push fills in the name of an application. */
export function isOfTag(application: string): boolean {
  return application.includes('{');
}

/** The environment with the applications of one tag: the named groups of `match` are filled in. */
export function ofTag(environment: Environment, tag: string): Environment {
  const { application, tags } = environment;
  if (!isPreview(environment) || !application.some(isOfTag)) return environment;
  const groups = groupsOf(tags.match ?? '', tag);
  const filled = application.map((name) =>
    name.replace(/\{(\w+)\}/g, (whole, group: string) => groups.get(group) ?? whole),
  );
  return { ...environment, application: filled };
}

/** The names of the groups of a `match`; none if it is invalid. */
export function groupNames(match: string): readonly string[] {
  const regex = compileRegex(match);
  return typeof regex === 'string' ? [] : Object.keys(regex.namedGroups());
}

/** The texts of the named groups in a tag. A group that did not take part has none. */
function groupsOf(match: string, tag: string): ReadonlyMap<string, string> {
  const regex = compileRegex(match);
  if (typeof regex === 'string') return new Map();
  const matcher = regex.matcher(tag);
  if (!matcher.find()) return new Map();
  return new Map(
    groupNames(match).flatMap((name) => {
      const text = matcher.group(name);
      return text === null || text === undefined ? [] : [[name, text] as const];
    }),
  );
}
