import { parseDuration } from '../model/duration.ts';
import type { Problem } from '../routes/route.ts';
import type { EntraSignIn } from '../net/entra-token.ts';
import { tryParseUrl } from '../net/url.ts';

/** The settings of gates. */
export interface GateSettings {
  /** 32 bytes each. The first encrypts tokens, all decrypt them. Without a key gates are refused. */
  readonly keys: readonly Uint8Array[];
  /** A gate fails after this time. */
  readonly timeoutSeconds: number;
  /** Callers sign in with Entra ID instead of a function key. */
  readonly signIn?: EntraSignIn;
}

type Report = (setting: string, message: string) => void;
type Environment = Readonly<Record<string, string | undefined>>;

const keyLength = 32;
/** Azure Pipelines ends an agentless job after an hour by default. */
const defaultTimeoutSeconds = 55 * 60;
/** A delayed message can wait 7 days. */
const longestTimeoutSeconds = 6 * 86_400;
const publicAuthority = 'https://login.microsoftonline.com';
const guidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Reads `GATE_TOKEN_KEY`, `GATE_TIMEOUT`, `GATE_TENANT`, `GATE_AUDIENCE` and `GATE_APPLICATIONS`. Messages show no key. */
export function readGateSettings(environment: Environment, report: Report): GateSettings {
  const signIn = readSignIn(environment, report);
  return {
    keys: readKeys(list(environment['GATE_TOKEN_KEY']), report),
    timeoutSeconds: readTimeout(environment['GATE_TIMEOUT']?.trim(), report),
    ...(signIn && { signIn }),
  };
}

function readKeys(texts: readonly string[], report: Report): Uint8Array[] {
  const keys = texts.map(decodeKey);
  if (keys.every((key) => key !== undefined)) return keys;
  report(
    'GATE_TOKEN_KEY',
    'is not a valid key; expected 32 bytes in base64 as printed by `openssl rand -base64 32`, then older keys separated by commas',
  );
  return [];
}

function decodeKey(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  const key = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return key.length === keyLength ? key : undefined;
}

function readTimeout(text: string | undefined, report: Report): number {
  if (text === undefined || text === '') return defaultTimeoutSeconds;
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0 && seconds <= longestTimeoutSeconds) return seconds;
  report('GATE_TIMEOUT', `found ${JSON.stringify(text)}; expected a time such as 55m or 2h, at most 6d`);
  return defaultTimeoutSeconds;
}

function readSignIn(environment: Environment, report: Report): EntraSignIn | undefined {
  const tenant = environment['GATE_TENANT']?.trim() ?? '';
  const audiences = list(environment['GATE_AUDIENCE']);
  const applications = list(environment['GATE_APPLICATIONS']).map((id) => id.toLowerCase());
  if (tenant === '' && audiences.length === 0 && applications.length === 0) return undefined;
  const isTenant = guidPattern.test(tenant);
  if (!isTenant) report('GATE_TENANT', 'expected the id of the Entra tenant, a GUID');
  if (audiences.length === 0) {
    report('GATE_AUDIENCE', 'is missing; expected the audience of tokens, such as api://tagrelay');
  }
  if (applications.length === 0 || !applications.every((id) => guidPattern.test(id))) {
    report('GATE_APPLICATIONS', 'expected the application (client) ids that may open gates, separated by commas');
  }
  const given = environment['AZURE_AUTHORITY_HOST']?.trim() || publicAuthority;
  const authority = tryParseUrl(given);
  if (authority?.protocol !== 'https:') {
    report('AZURE_AUTHORITY_HOST', `found ${JSON.stringify(given)}; expected an https URL such as ${publicAuthority}`);
  }
  // Incomplete settings refuse every caller.
  return {
    tenant: isTenant ? tenant.toLowerCase() : '',
    audiences,
    applications,
    authority: authority?.origin ?? publicAuthority,
  };
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,;]+/).filter((entry) => entry !== '');
}

/** The warning of health if gates are refused. */
export function gateProblems({ keys }: GateSettings): readonly Problem[] {
  if (keys.length > 0) return [];
  const message = 'is unset, so gates are refused; expected 32 bytes in base64 as printed by `openssl rand -base64 32`';
  return [{ severity: 'warning', code: 'gates-closed', setting: 'GATE_TOKEN_KEY', message }];
}
