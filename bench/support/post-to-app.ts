/** The app of a bench: its base URL, if a process of it runs, and a key that it takes. */
export interface PostedTo {
  readonly url: string | undefined;
  readonly key: string;
}

/**
 * Posts JSON to an endpoint below `/api/`. As a sender does, it repeats what could not be stored in time (503).
 *
 * @throws {Error} no process runs, or the answer has another status than `accepted`
 */
export async function postToApp({ url, key }: PostedTo, path: string, body: unknown, accepted = 202): Promise<void> {
  if (url === undefined) throw new Error('no process of the app runs');
  const call = (): Promise<Response> =>
    fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': key },
      body: JSON.stringify(body),
    });
  // The server can close an idle connection at the moment of a request.
  let response = await call().catch(call);
  while (response.status === 503) response = await call();
  if (response.status !== accepted)
    throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
}
