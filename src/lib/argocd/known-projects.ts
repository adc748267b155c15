import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { ArgoCdAccess } from './read-instances.ts';

/** An application of one Argo CD; without a namespace in that of Argo CD itself. */
export interface ApplicationPlace {
  readonly access: ArgoCdAccess;
  readonly name: string;
  readonly namespace?: string;
}

export const projectSchema = z.object({ spec: z.object({ project: z.string().min(1) }) });

/** The answers for an application that has left the project of the request, or whose new project the account may not read. */
const left: ReadonlySet<FailureCode> = new Set(['argocd-permission-denied', 'argocd-application-not-found']);

/**
 * The projects of applications, by the last answer about each. With the project in a request, Argo CD answers 404 about an
 * application that does not exist; without it 403, as about one that the account may not read.
 */
export class KnownProjects {
  readonly #projects = new LRUCache<string, string>({ max: 20_000 });

  /** Remembers the project of an application as the API answered it. */
  note(place: ApplicationPlace, answer: unknown): void {
    const read = projectSchema.safeParse(answer);
    if (read.success) this.#projects.set(keyOf(place), read.data.spec.project);
  }

  /** Calls with the known project; once more without it if the application has left the project. */
  async run<T>(place: ApplicationPlace, call: (project: string | undefined) => Promise<T>): Promise<T> {
    const project = this.#projects.get(keyOf(place));
    try {
      return await call(project);
    } catch (error) {
      if (project === undefined || !(error instanceof Failure) || !left.has(error.code)) throw error;
      this.#projects.delete(keyOf(place));
      return call(undefined);
    }
  }
}

function keyOf({ access, name, namespace = '' }: ApplicationPlace): string {
  return JSON.stringify([access.publicUrl, namespace, name]);
}
