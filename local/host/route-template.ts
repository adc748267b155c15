import { HostError } from './host-error.ts';

/**
 * Values of a template's parameters in a path that it matches. One that is optional or takes the rest has none where nothing
 * is there.
 */
export type RouteMatch = (path: string) => Readonly<Record<string, string>> | undefined;

const constraints: Readonly<Record<string, RegExp>> = {
  int: /^-?\d+$/u,
  long: /^-?\d+$/u,
  alpha: /^[a-z]+$/iu,
  bool: /^(?:true|false)$/iu,
  guid: /^\{?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}?$/iu,
};

interface Parameter {
  readonly name: string;
  readonly checks: readonly RegExp[];
}

/**
 * Compiles a route template of ASP.NET Core: literal segments, `{id}`, `{id:int}`, a last `{id?}` or `{*rest}`. Paths come
 * decoded and without a slash in front; letters match in either case and a slash at the end is ignored.
 */
export function compileRoute(template: string): RouteMatch {
  const parameters: Parameter[] = [];
  let pattern = '';
  const segments = template.split('/');
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    const slash = index === 0 ? '' : '/';
    const parts = /^\{(?<all>\*{0,2})(?<name>\w+)(?<checks>(?::\w+)*)(?<optional>\??)\}$/u.exec(segment)?.groups;
    if (parts === undefined) {
      if (/[{}]/u.test(segment)) throw invalid(template, `the segment "${segment}" cannot be read`);
      pattern += slash + segment.replaceAll(/[\\^$.*+?()[\]|]/gu, String.raw`\$&`);
      continue;
    }
    const name = parts['name'] ?? '';
    if (parameters.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
      throw invalid(template, `the parameter "${name}" is there twice`);
    }
    if (!isLast && (parts['all'] !== '' || parts['optional'] !== '')) {
      throw invalid(template, `only the last segment may be optional or take the rest, not "${segment}"`);
    }
    parameters.push({ name, checks: checksOf(parts['checks'] ?? '', template) });
    if (parts['all'] !== '') pattern += `(?:${slash}(.*))?`;
    else pattern += parts['optional'] === '?' ? `(?:${slash}([^/]+))?` : `${slash}([^/]+)`;
  }
  const expression = new RegExp(`^${pattern}/?$`, 'iu');
  return (path) => {
    const values = expression.exec(path)?.slice(1);
    if (values === undefined) return undefined;
    const match: Record<string, string> = {};
    for (const [index, { name, checks }] of parameters.entries()) {
      const value = values[index];
      if (value === undefined || value === '') continue;
      if (!checks.every((check) => check.test(value))) return undefined;
      match[name] = value;
    }
    return match;
  };
}

function checksOf(text: string, template: string): readonly RegExp[] {
  return text
    .split(':')
    .slice(1)
    .map((name) => {
      const check = constraints[name.toLowerCase()];
      if (check !== undefined) return check;
      const known = Object.keys(constraints).join(', ');
      throw invalid(template, `the constraint "${name}" is not one that this host knows (${known})`);
    });
}

function invalid(template: string, problem: string): HostError {
  return new HostError('route-invalid', `The route "${template}" is wrong: ${problem}.`);
}
