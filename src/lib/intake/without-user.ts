/** Agents write clone URLs with the organization, and some tools with a token, in front of the host. */
export function withoutUser(text: string): string {
  return text.replace(/^(https?:\/\/)[^/?#]*@/i, '$1');
}
