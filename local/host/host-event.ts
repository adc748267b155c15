import type { LogCategory, LogLevel } from './core-types.ts';

export type AuthLevel = 'anonymous' | 'function' | 'admin';

/** A function that the host found in the app. */
export interface FunctionInfo {
  readonly name: string;
  readonly trigger: 'http' | 'queue' | 'timer';
  /** Of an HTTP function: the path with its prefix, without a slash in front. */
  readonly route?: string;
  /** Of an HTTP function, in upper case; empty where every method is taken. */
  readonly methods?: readonly string[];
  readonly authLevel?: AuthLevel;
  readonly queueName?: string;
  readonly schedule?: string;
}

interface InvocationEvent {
  /** Of the function. */
  readonly name: string;
  /** Of the invocation. */
  readonly id: string;
}

export interface InvocationStarted extends InvocationEvent {
  readonly type: 'invocation-started';
  /** Why the function runs, in the words of the Functions host. */
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface InvocationFinished extends InvocationEvent {
  readonly type: 'invocation-finished';
  readonly outcome: 'succeeded' | 'failed';
  readonly durationMs: number;
  /** Of the response of an HTTP function. */
  readonly status?: number;
  /** The error of the handler, a hook or an output. */
  readonly error?: unknown;
}

export interface InvocationLogged {
  readonly type: 'log';
  /** Absent for what the app logs outside an invocation. */
  readonly invocation?: InvocationEvent;
  readonly level: LogLevel;
  readonly category: LogCategory;
  readonly text: string;
}

export interface MessagePoisoned {
  readonly type: 'message-poisoned';
  readonly name: string;
  readonly messageId: string;
  readonly dequeueCount: number;
  readonly queueName: string;
  readonly poisonQueueName: string;
}

export interface HostProblem {
  readonly type: 'host-error';
  /** The action of the host. */
  readonly doing: string;
  readonly error: unknown;
}

/** An event of a running host; `at` is its time. */
export type HostEvent = { readonly at: Date } & (
  | { readonly type: 'function-found'; readonly url: string; readonly function: FunctionInfo }
  | InvocationStarted
  | InvocationFinished
  | InvocationLogged
  | MessagePoisoned
  | { readonly type: 'storage-lost'; readonly name: string; readonly queueName: string; readonly error: unknown }
  | { readonly type: 'storage-back'; readonly name: string; readonly queueName: string }
  | HostProblem
  /** The app ended its process, as an unhandled rejection does; every running invocation is lost. */
  | { readonly type: 'app-ended'; readonly error: unknown }
);

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** Reports an event; the time is added. */
export type Emit = (event: WithoutTime<HostEvent>) => void;
