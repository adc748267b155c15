import { escaped } from './texts.ts';

/**
 * The tag of a build as `build.tag` writes it: `main-$(Build.BuildId)` is `main-{buildId}`. Parts that are not known are
 * `*`.
 */
export function tagTemplate(tags: string): string | undefined {
  return tags
    .split(/[\s,]+/)
    .filter((one) => /\$\(|\{sourceVersion/.test(one))
    .map((one) =>
      one
        .replaceAll(/\$\(Build\.BuildId\)|\$\{?BUILD_BUILDID\}?/gi, '{buildId}')
        .replaceAll(/\$\(Build\.BuildNumber\)|\$\{?BUILD_BUILDNUMBER\}?/gi, '{buildNumber}')
        .replaceAll(/\$\(Build\.SourceVersion\)|\$\{?BUILD_SOURCEVERSION\}?/gi, '{sourceVersion}')
        .replaceAll(/\$\([\w.]+\)/g, '*'),
    )
    .find((one) => one !== '*');
}

/** The tag policy that accepts the tags of a template; `undefined` where the template accepts every tag. */
export function templatePolicy(
  template: string,
): { readonly match: string; readonly order: 'numeric' | 'newest' } | undefined {
  if (/^(?:\{buildNumber\}|\*)+$/.test(template)) return undefined;
  const match = template
    .split(/(\{\w+(?::\d+)?\}|\*)/)
    .map((part) => {
      if (part === '{buildId}') return String.raw`(\d+)`;
      const [, length] = /^\{sourceVersion(?::(\d+))?\}$/.exec(part) ?? [];
      if (part.startsWith('{sourceVersion')) return `[0-9a-f]{${length ?? 40}}`;
      return part === '{buildNumber}' || part === '*' ? '[0-9A-Za-z._-]+' : escaped(part);
    })
    .join('');
  return { match: `^${match}$`, order: template.includes('{buildId}') ? 'numeric' : 'newest' };
}

/** Variables that a script sets for later steps; a shortened commit id is known. */
export function variablesSetBy(script: string): ReadonlyMap<string, string> {
  const lines = script.matchAll(/##vso\[task\.setvariable\s+variable=(\w+)[^\]]*\]([^"'\n]*)/g);
  return new Map(
    Array.from(lines, ([, name = '', value = '']) => [
      name,
      value
        .trim()
        .replaceAll(/\$\{BUILD_SOURCEVERSION:0:(\d+)\}/g, '{sourceVersion:$1}')
        .replaceAll(/\$\(echo \$\(Build\.SourceVersion\) \| cut -c ?1-(\d+)\)/g, '{sourceVersion:$1}'),
    ]),
  );
}
