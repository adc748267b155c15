/**
 * A placeholder that another program fills: `{{ }}` of templates, `${TAG}` and `$TAG` of envsubst, `$(TAG)` of Azure
 * Pipelines, `#{TAG}#` of Replace Tokens, `#{TAG}` of Octopus, `__TAG__`.
 */
export const placeholder = /\{\{|#\{|\$[({A-Za-z_]|(?<![A-Za-z0-9._-])__[A-Za-z]\w*__(?![A-Za-z0-9._-])/;

/** The one parameter of a template, with the text around it. */
export interface ParameterText {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const parameter = /\{\{-?\s*(?:\.?([A-Za-z_][\w.-]*?)|index\s+\.\s+"([^"]+)")\s*-?\}\}/;

/** Reads `v{{ .tag }}`; `undefined` where the text has no parameter, several, or a pipeline of functions. */
export function readParameter(text: string): ParameterText | undefined {
  const match = parameter.exec(text);
  const name = match?.[1] ?? match?.[2];
  if (!match || name === undefined) return undefined;
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return placeholder.test(before) || placeholder.test(after) ? undefined : { name, before, after };
}
