import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Answer, Request } from './http.ts';
import { refusal } from './http.ts';

/** Leave to do something: `repository:shop/api:pull,push`, or `registry:catalog:*`. */
export interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface AccessOptions {
  /** Host by which clients know the registry; what tokens are for. */
  readonly loginServer: string;
  /** Entra tokens that may be exchanged; any, where this is absent. */
  readonly tokens?: readonly string[] | undefined;
  /** User → password; any, where this is absent. */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Whether tokens are handed out for reading without signing in. */
  readonly anonymousPull?: boolean | undefined;
  /** How long an access token is good for. */
  readonly accessTokenSeconds?: number | undefined;
  readonly now: () => Date;
}

/** Lifetimes of Azure Container Registry's tokens. */
const defaultAccessTokenSeconds = 75 * 60;
const refreshTokenSeconds = 3 * 60 * 60;
const reading = new Set(['pull', 'metadata_read']);

/** Hands out and checks tokens, as Azure Container Registry and Docker's token service do. */
export class Access {
  readonly #options: AccessOptions;
  readonly #key = randomBytes(32);

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** `POST /oauth2/exchange`: an Entra token for a refresh token. */
  exchange({ body }: Request): Answer {
    const form = new URLSearchParams(body.toString('utf8'));
    const token = form.get('access_token') ?? '';
    if (form.get('service') !== this.#options.loginServer)
      return refusal(400, 'BAD_REQUEST', `expected the service ${this.#options.loginServer}`);
    if (token === '' || !(this.#options.tokens ?? [token]).includes(token)) return unauthorized;
    return { status: 200, body: { refresh_token: this.#sign({ grant: 'refresh' }, refreshTokenSeconds) } };
  }

  /** `POST /oauth2/token` by refresh token or password, `GET /oauth2/token` by Basic authentication. */
  token({ method, query, body, headers }: Request): Answer {
    const form = method === 'POST' ? new URLSearchParams(body.toString('utf8')) : query;
    if (form.get('service') !== this.#options.loginServer)
      return refusal(400, 'BAD_REQUEST', `expected the service ${this.#options.loginServer}`);
    const signedIn = method === 'POST' ? this.#isKnown(form) : this.#knowsUser(headers.authorization);
    const isAnonymous = form.get('refresh_token') === '' || (method === 'GET' && headers.authorization === undefined);
    if (!signedIn && !(isAnonymous && this.#options.anonymousPull === true)) return unauthorized;
    const access = form.getAll('scope').flatMap((text) => text.split(' ').flatMap((scope) => parseScope(scope) ?? []));
    const granted = signedIn
      ? access
      : access.map(({ type, name, actions }) => ({
          type,
          name,
          actions: actions.filter((action) => reading.has(action)),
        }));
    const seconds = this.#options.accessTokenSeconds ?? defaultAccessTokenSeconds;
    return { status: 200, body: { access_token: this.#sign({ access: granted }, seconds) } };
  }

  /** `undefined` where the request may do it; else the challenge. */
  refuse({ headers }: Request, url: string, needed: Scope | undefined): Answer | undefined {
    if (this.#isGranted(headers.authorization, needed)) return undefined;
    const scope = needed === undefined ? '' : `,scope="${needed.type}:${needed.name}:${needed.actions.join(',')}"`;
    const challenge = `Bearer realm="${url}/oauth2/token",service="${this.#options.loginServer}"${scope}`;
    return refusal(401, 'UNAUTHORIZED', 'authentication required, visit https://aka.ms/acr/authorization', {
      'www-authenticate': challenge,
    });
  }

  #isGranted(authorization: string | undefined, needed: Scope | undefined): boolean {
    if (this.#knowsUser(authorization)) return true;
    const claims = this.#verify(/^bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
    if (!claims?.access) return false;
    return (
      needed === undefined ||
      needed.actions.every((action) =>
        claims.access?.some(
          ({ type, name, actions }) => type === needed.type && name === needed.name && actions.includes(action),
        ),
      )
    );
  }

  #isKnown(form: URLSearchParams): boolean {
    if (form.get('grant_type') === 'refresh_token')
      return this.#verify(form.get('refresh_token') ?? '')?.grant === 'refresh';
    return this.#isUser(form.get('username') ?? '', form.get('password') ?? '');
  }

  #knowsUser(authorization: string | undefined): boolean {
    const [, encoded] = /^basic (.+)$/i.exec(authorization ?? '') ?? [];
    const [, name = '', password = ''] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
    return this.#isUser(name, password);
  }

  #isUser(name: string, password: string): boolean {
    const { users } = this.#options;
    if (name === '' || password === '') return false;
    return users === undefined || (Object.hasOwn(users, name) && users[name] === password);
  }

  #sign(claims: Claims, seconds: number): string {
    const exp = Math.floor(this.#options.now().getTime() / 1000) + seconds;
    const parts = [
      { alg: 'HS256', typ: 'JWT' },
      { ...claims, aud: this.#options.loginServer, exp },
    ];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${signed}.${this.#signature(signed)}`;
  }

  #verify(token: string): Claims | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#signature(`${header}.${payload}`));
    const actual = Buffer.from(signature);
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims & { exp: number };
    return claims.exp * 1000 > this.#options.now().getTime() ? claims : undefined;
  }

  #signature(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

interface Claims {
  readonly grant?: 'refresh';
  readonly access?: readonly Scope[];
}

const unauthorized = refusal(401, 'UNAUTHORIZED', 'authentication required');

function parseScope(text: string): Scope | undefined {
  const [, type = '', name = '', actions = ''] = /^([a-z]+):(.+):([a-z_,*]+)$/.exec(text) ?? [];
  return type === '' ? undefined : { type, name, actions: actions.split(',') };
}
