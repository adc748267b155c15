import type { IncomingMessage } from 'node:http';
import type { StorageFault, StrikeRequest } from '../../local/storage/strike-requests.ts';

/** The user agent of clients whose calls are not the app's begins so. */
export const observer = 'fault-observer';

/** Reads of the clock for queues of version 0.1: nothing follows from them. */
const untouched = /^GET (?:registry-events|devops-events|tag-updates|reports|sync-results)(?:-poison)?\/messages/;

/** Numbers the app's calls to storage, and lets the fault strike one of them. */
export class CallFaults {
  readonly calls: string[] = [];
  #number: number | undefined;
  #fault: StorageFault | undefined;
  #isCounting = false;

  readonly strike: StrikeRequest = (request) => {
    if (!this.#isCounting || request.headers['user-agent']?.startsWith(observer) === true) return undefined;
    const call = describe(request);
    if (untouched.test(call)) return undefined;
    this.calls.push(call);
    return this.calls.length - 1 === this.#number ? this.#fault : undefined;
  };

  /** @param number of the struck call, from 0; without it none is struck */
  start(number?: number, fault?: StorageFault): void {
    this.calls.length = 0;
    this.#number = number;
    this.#fault = fault;
    this.#isCounting = true;
  }

  /** Does work whose calls do not count. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    const wasCounting = this.#isCounting;
    this.#isCounting = false;
    try {
      return await work();
    } finally {
      this.#isCounting = wasCounting;
    }
  }
}

function describe({ method = '', url = '' }: IncomingMessage): string {
  return `${method} ${decodeURIComponent(url).replace('/devstoreaccount1/', '').slice(0, 160)}`;
}
