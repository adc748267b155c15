/** Whether two names or ids are the same to the service, which does not mind their case. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
