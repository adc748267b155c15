import { randomUUID } from 'node:crypto';
import type { AppRegistry, HookName, RegisteredFunction } from './app-registry.ts';
import type { CoreInvocationContext, InvocationResponse, LogCategory, LogLevel, TypedData } from './core-types.ts';
import type { Emit } from './host-event.ts';

/** The trigger of an invocation. */
export interface Trigger {
  /** The name of the trigger's binding. */
  readonly binding: string;
  readonly data: TypedData;
  readonly metadata: Readonly<Record<string, TypedData>>;
  readonly reason: string;
  readonly details?: Readonly<Record<string, string>>;
}

export type InvocationResult =
  | { readonly outcome: 'succeeded'; readonly response: InvocationResponse }
  | { readonly outcome: 'failed'; readonly error: unknown };

export interface InvocationDeps {
  readonly registry: AppRegistry;
  readonly emit: Emit;
  /** Sends what the handler put into its outputs; part of the invocation, which fails with it. */
  writeOutputs(target: RegisteredFunction, response: InvocationResponse): Promise<void>;
  /** The status of the HTTP response that a finished invocation means, for the event. */
  statusOf?(result: InvocationResult): number;
}

/**
 * Runs a function once, in the order of the Functions worker: arguments, preInvocation hooks, handler, postInvocation hooks
 * (also after a throw; they may replace result and error), response, outputs. Never rejects: what is thrown on the way is
 * the result's error.
 */
export async function runInvocation(
  target: RegisteredFunction,
  trigger: Trigger,
  deps: InvocationDeps,
): Promise<InvocationResult> {
  const { name } = target.metadata;
  const id = randomUUID();
  deps.emit({ type: 'invocation-started', name, id, reason: trigger.reason, details: trigger.details ?? {} });
  const start = performance.now();
  const result = await attempt(target, trigger, id, deps);
  deps.emit({
    type: 'invocation-finished',
    name,
    id,
    outcome: result.outcome,
    durationMs: performance.now() - start,
    ...(deps.statusOf === undefined ? {} : { status: deps.statusOf(result) }),
    ...(result.outcome === 'failed' ? { error: result.error } : {}),
  });
  return result;
}

async function attempt(
  target: RegisteredFunction,
  trigger: Trigger,
  id: string,
  deps: InvocationDeps,
): Promise<InvocationResult> {
  try {
    const response = await invoke(target, trigger, id, deps);
    await deps.writeOutputs(target, response);
    return { outcome: 'succeeded', response };
  } catch (error) {
    return { outcome: 'failed', error };
  }
}

async function invoke(
  { metadata, callback }: RegisteredFunction,
  trigger: Trigger,
  id: string,
  { registry, emit }: InvocationDeps,
): Promise<InvocationResponse> {
  const shared: { hookData: object; appHookData: object; invocationContext?: object } = {
    hookData: {},
    appHookData: registry.appHookData,
  };
  const core: CoreInvocationContext = {
    invocationId: id,
    request: {
      invocationId: id,
      functionId: metadata.name,
      inputData: [{ name: trigger.binding, data: trigger.data }],
      triggerMetadata: trigger.metadata,
      traceContext: {},
    },
    metadata,
    state: undefined,
    log: (level, category, message) => {
      const line = applyLogHooks(registry, { level, category, message }, shared);
      emit({ type: 'log', invocation: { name: metadata.name, id }, level: line.level, category, text: line.message });
    },
  };
  const model = registry.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  shared.invocationContext = context;

  const before = { ...shared, inputs, functionCallback: callback };
  core.state = 'preInvocationHooks';
  await runHooks(registry, 'preInvocation', before);

  const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
  core.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    // As in the worker, a handler fails by what it throws, and undefined is nothing.
    after.error = error;
  }
  core.state = 'postInvocationHooks';
  await runHooks(registry, 'postInvocation', after);
  core.state = undefined;
  if (after.error !== null && after.error !== undefined) throw after.error;
  return model.getResponse(context, after.result);
}

/** Runs the hooks of a name one after the other, in the order of their registration. */
export async function runHooks(registry: AppRegistry, name: Exclude<HookName, 'log'>, context: object): Promise<void> {
  for (const hook of registry.hooks[name]) await hook(context);
}

interface LogLine {
  level: LogLevel;
  readonly category: LogCategory;
  message: string;
}

/** Log hooks see every line and may change those of the app; one that throws is passed over, as in the worker. */
export function applyLogHooks(registry: AppRegistry, line: LogLine, context: object): LogLine {
  const seen = { ...context, ...line };
  try {
    for (const hook of registry.hooks.log) hook(seen);
  } catch {
    return line;
  }
  return line.category === 'user' ? seen : line;
}
