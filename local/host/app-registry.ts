import type {
  DisposableLike,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';
import { HostError } from './host-error.ts';

export const hookNames = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof hookNames)[number];

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** The functions that one app registered while it was loaded, and the `@azure/functions-core` that it used. */
export class AppRegistry {
  readonly functions: RegisteredFunction[] = [];
  readonly hooks: Record<HookName, HookCallback[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  /** Shared by all hooks of the app. */
  readonly appHookData: Record<string, unknown> = {};
  readonly core: object;
  #model: ProgrammingModel | undefined;
  #started = false;

  constructor(hostVersion: string, log: (level: LogLevel, category: LogCategory, message: string) => void) {
    this.core = {
      version: hostVersion,
      hostVersion,
      Disposable,
      log,
      registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
        this.#addFunction(metadata, callback),
      registerHook: (name: string, callback: HookCallback) => this.#addHook(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
    };
  }

  /** How the library turns what the host hands over into what handlers get. */
  get model(): ProgrammingModel {
    if (this.#model !== undefined) return this.#model;
    throw new HostError(
      'programming-model-missing',
      'The app set no programming model; register functions with "@azure/functions".',
    );
  }

  /** From here on a registration is an error, as in the worker once the host has asked for the functions. */
  finishStartup(): void {
    this.#started = true;
  }

  #addFunction(metadata: FunctionMetadata, callback: FunctionCallback): DisposableLike {
    const { name } = metadata;
    if (this.#started) {
      throw new HostError(
        'function-late',
        `The function "${name}" was registered after the app had started. ` +
          'Functions are registered while the entry point is loaded, not in handlers, timers or after an await.',
      );
    }
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/u.test(name)) {
      throw new HostError(
        'function-name-invalid',
        `"${name}" is not a function name: it must begin with a letter and hold only letters, digits, "_" and "-".`,
      );
    }
    if (this.functions.some((other) => other.metadata.name.toLowerCase() === name.toLowerCase())) {
      throw new HostError(
        'function-duplicate',
        `There are two functions named "${name}". Names must be unique, ignoring case.`,
      );
    }
    return addTo(this.functions, { metadata, callback });
  }

  #addHook(name: string, callback: HookCallback): DisposableLike {
    const known = hookNames.find((hook) => hook === name);
    if (known === undefined) {
      throw new HostError('hook-unknown', `There is no hook "${name}"; there are ${hookNames.join(', ')}.`);
    }
    return addTo(this.hooks[known], callback);
  }
}

function addTo<T>(list: T[], item: T): DisposableLike {
  list.push(item);
  return new Disposable(() => list.splice(list.indexOf(item), 1));
}

class Disposable implements DisposableLike {
  #callback: (() => unknown) | undefined;

  constructor(callback: () => unknown) {
    this.#callback = callback;
  }

  static from(...items: readonly DisposableLike[]): Disposable {
    return new Disposable(() => {
      for (const item of items) item.dispose();
    });
  }

  dispose(): unknown {
    const callback = this.#callback;
    this.#callback = undefined;
    return callback?.();
  }
}
