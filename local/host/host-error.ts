/** Why the host refuses an app or its settings. */
export type HostErrorCode =
  | 'host-json-invalid'
  | 'package-json-invalid'
  | 'entry-point-missing'
  | 'programming-model-missing'
  | 'hook-unknown'
  | 'function-name-invalid'
  | 'function-duplicate'
  | 'function-late'
  | 'binding-unsupported'
  | 'setting-missing'
  | 'connection-unsupported'
  | 'route-invalid'
  | 'route-reserved'
  | 'route-duplicate'
  | 'schedule-invalid'
  | 'http-streams-unsupported'
  | 'port-unavailable';

/** An app or a setting that the host cannot run; the message has the value, the expectation and the fix. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
