import { createHash, timingSafeEqual } from 'node:crypto';
import { matchesGlob } from './glob.ts';

/** A local account with an API token. */
export interface Account {
  readonly name: string;
  readonly token: string;
}

export interface AccessOptions {
  /** The token of `admin`, who may do everything. */
  readonly token: string;
  readonly accounts?: readonly Account[];
  /** `policy.csv` of `argocd-rbac-cm`: lines `p, subject, applications, action, project/name, allow` and `g, account, role`. */
  readonly policy?: string;
}

interface Rule {
  readonly subject: string;
  readonly resource: string;
  readonly action: string;
  readonly object: string;
  readonly effect: string;
}

/** Accounts and their rights, as in `util/rbac/rbac.go` of argoproj/argo-cd: a rule allows, and no rule denies. */
export class Access {
  readonly #accounts: readonly Account[];
  readonly #rules: readonly Rule[];
  readonly #groups: readonly (readonly [string, string])[];

  /** @throws {SyntaxError} for a line that Argo CD does not accept */
  constructor({ token, accounts = [], policy = '' }: AccessOptions) {
    this.#accounts = [{ name: 'admin', token }, ...accounts];
    const lines = policy
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    const records = lines.map((line) => line.split(',').map((field) => field.trim()));
    const wrong = records.findIndex(
      ([kind, ...fields]) => fields.length !== (kind === 'p' ? 5 : kind === 'g' ? 2 : -1),
    );
    if (wrong >= 0) throw new SyntaxError(`${lines[wrong]}: expected a line of policy.csv`);
    this.#rules = records.flatMap(([kind, subject = '', resource = '', action = '', object = '', effect = '']) =>
      kind === 'p' ? [{ subject, resource, action, object, effect }] : [],
    );
    this.#groups = records.flatMap(([kind, account = '', role = '']) =>
      kind === 'g' ? [[account, role] as const] : [],
    );
  }

  /** The account of an `Authorization` header. */
  accountOf(authorization: string): string | undefined {
    return this.#accounts.find(({ token }) => isSame(authorization, `Bearer ${token}`))?.name;
  }

  allows(account: string, resource: string, action: string, object: string): boolean {
    if (account === 'admin') return true;
    const subjects = this.#subjectsOf(account);
    const matching = this.#rules.filter(
      (rule) =>
        subjects.has(rule.subject) &&
        matchesGlob(rule.resource, resource) &&
        matchesGlob(rule.action, action) &&
        matchesGlob(rule.object, object),
    );
    const effects = new Set(matching.map(({ effect }) => effect));
    return effects.has('allow') && !effects.has('deny');
  }

  /** The account and its roles, and the roles of these. */
  #subjectsOf(account: string): ReadonlySet<string> {
    const subjects = new Set([account]);
    for (const subject of subjects)
      for (const [member, role] of this.#groups) if (member === subject) subjects.add(role);
    return subjects;
  }
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
