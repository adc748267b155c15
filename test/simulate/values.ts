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
