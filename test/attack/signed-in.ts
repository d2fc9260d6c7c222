/**
 * Signs pages in at the console of a gateway, as a person with a link does.
 */
import { openSignInStore } from '../../src/gateway/web/sign-in-store.ts';

/** @returns a token of a new session that may only look */
export async function signInPage(gateway: string, state: string): Promise<string> {
  const origin = new URL(gateway.replace(/^ws/, 'http')).origin;
  const link = await openSignInStore(state, Date.now).createLink('viewer');
  const { session } = await post('/console/sign-in', { link }, {});
  const { token } = await post('/console/token', {}, { authorization: `Bearer ${session}` });
  return String(token);

  async function post(path: string, body: object, headers: Record<string, string>): Promise<Record<string, unknown>> {
    const response = await fetch(new URL(path, origin), {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  }
}
