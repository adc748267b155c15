/** What Git writes where there is no object: the old id of a ref that is created, the new one of a ref that is deleted. */
export const zeroId = '0'.repeat(40);

/** Whether the text is a whole object id in Git's own spelling: 40 lower-case hexadecimal digits. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
