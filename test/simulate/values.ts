/** The image in a file. */
export interface Value {
  readonly tag: string;
  readonly digest?: string;
}

export function formatFile({ tag, digest }: Value): string {
  return `image: { tag: "${tag}"${digest === undefined ? '' : `, digest: "${digest}"`} }\n`;
}

export function parseValue(text: string): Value {
  const [, tag = '', digest] = /tag: "([^"]*)"(?:, digest: "([^"]*)")?/.exec(text) ?? [];
  return { tag, ...(digest !== undefined && { digest }) };
}

export function formatValue({ tag, digest }: Value): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}

/** The number of a build, or of a release; `undefined` for a tag that no policy knows. */
export function orderOf(tag: string): number | undefined {
  const [, number] = /^(?:v1\.0\.)?(\d+)$/.exec(tag) ?? [];
  return number === undefined ? undefined : Number(number);
}
