/** What the stand-in answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const manual = 'https://docs.github.com/rest';

export const ok = (body: unknown): Answer => ({ status: 200, body });

export const notFound: Answer = {
  status: 404,
  body: { message: 'Not Found', documentation_url: manual, status: '404' },
};

export function refused(status: number, message: string, errors?: readonly unknown[]): Answer {
  return { status, body: { message, documentation_url: manual, status: String(status), ...(errors && { errors }) } };
}

/** "Validation failed" as "Create a pull request" answers it. */
export function invalid(fault: Readonly<Record<string, string>>): Answer {
  return refused(422, 'Validation Failed', [{ resource: 'PullRequest', ...fault }]);
}
