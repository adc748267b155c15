import { invalidArgument } from '../server/service-error.ts';

/** Throws 400 for a title that is empty or longer than 400 characters. */
export function checkTitle(title: string): void {
  if (title.trim() === '' || title.length > 400)
    throw invalidArgument('A title has from 1 to 400 characters.', 'title');
}

/** Throws 400 for a description over 4,000 characters ("Pull Requests - Update" in the REST reference). */
export function checkDescription(description: string): void {
  if (description.length > 4000) throw invalidArgument('A description has at most 4000 characters.', 'description');
}
