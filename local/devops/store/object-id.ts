/** The id that Git writes where no object exists: the old id of a created ref, the new one of a deleted ref. */
export const zeroId = '0'.repeat(40);

/** Whether the text is a whole object id in Git's own spelling: 40 lower-case hexadecimal digits. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
