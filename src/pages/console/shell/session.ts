/**
 * The session with the gateway: made from the one-time link that `earshot console` prints, stored for this tab only, and exchanged for
 * the short-lived tokens with which the cloud knows the person.
 */

/** `operator` may change everything, `viewer` only reads. */
type PersonRole = 'operator' | 'viewer';

export interface SessionDetails {
  role: PersonRole;
  gateway: { name: string; version: string };
}

/** Why nobody is signed in. `none`: nobody has tried. */
export type SignedOutReason =
  | 'none'
  | 'signed_out'
  | 'link_used'
  | 'link_expired'
  | 'link_unknown'
  | 'session_expired'
  /** The cloud does not accept the gateway's tokens. */
  | 'token_refused'
  | 'failed';

export type SessionState =
  | { state: 'signing_in' }
  /** The gateway does not answer; it is asked again. */
  | { state: 'unreachable' }
  | { state: 'signed_out'; reason: SignedOutReason; message?: string }
  | { state: 'signed_in'; details: SessionDetails };

export interface BrowserSession {
  /** Signs in with the secret of a link; undefined: with the session of this tab, if there is one. */
  begin(link: string | undefined): Promise<void>;
  /** The token for the cloud; null: the session has ended. Waits while the gateway does not answer. */
  token(isRenewal: boolean): Promise<string | null>;
  /** Asks the gateway whether the session is still valid: it may have closed the connection because it is not. */
  check(): Promise<void>;
  end(reason: SignedOutReason): Promise<void>;
  state(): SessionState;
  subscribe(listener: () => void): () => void;
}

export interface SessionEnvironment {
  fetch: typeof fetch;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  wait(ms: number): Promise<void>;
  /** The gateway's time of day, in ms since 1970, of an answer that has just arrived. */
  onGatewayTime(ms: number): void;
}

const STORED_AS = 'earshot.session';
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
/** A request that has no answer by then is repeated: a connection that is lost without a word has none for minutes. */
const ANSWER_MS = 30_000;

interface TokenAnswer extends SessionDetails {
  token: string;
}

export function createBrowserSession({ fetch, storage, wait, onGatewayTime }: SessionEnvironment): BrowserSession {
  const listeners = new Set<() => void>();
  let now: SessionState = { state: 'signing_in' };
  /** Of the sign-in; the first token that is asked for. */
  let firstToken: string | undefined;

  function become(next: SessionState): void {
    now = next;
    for (const listener of listeners) listener();
  }

  async function post(path: string, body: object = {}): Promise<Response | undefined> {
    const session = storage.getItem(STORED_AS);
    const headers = {
      'content-type': 'application/json',
      ...(session !== null && { authorization: `Bearer ${session}` }),
    };
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(`/console/${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
      const atMs = Date.parse(answer.headers.get('date') ?? '');
      if (Number.isFinite(atMs)) onGatewayTime(atMs);
      // A proxy whose gateway is away, or a gateway that starts.
      return answer.status >= 500 ? undefined : answer;
    } catch {
      // The gateway does not answer: whoever asks repeats it.
      return undefined;
    }
  }

  async function postUntilAnswered(path: string, body?: object): Promise<Response> {
    for (let failures = 0; ; failures += 1) {
      const answer = await post(path, body);
      if (answer) return answer;
      if (now.state === 'signing_in') become({ state: 'unreachable' });
      await wait(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
    }
  }

  async function signIn(link: string): Promise<boolean> {
    const answer = await postUntilAnswered('sign-in', { link });
    const told = await jsonOf(answer);
    if (answer.ok && typeof told.session === 'string') {
      storage.setItem(STORED_AS, told.session);
      return true;
    }
    forget(reasonOf(told.code), told.error);
    return false;
  }

  function forget(reason: SignedOutReason, message?: unknown): void {
    storage.removeItem(STORED_AS);
    firstToken = undefined;
    become({ state: 'signed_out', reason, ...(typeof message === 'string' && { message }) });
  }

  async function fetchToken(): Promise<string | null> {
    const session = storage.getItem(STORED_AS);
    const answer = await postUntilAnswered('token');
    const told = await jsonOf(answer);
    // Meanwhile somebody has signed out, or in by another link.
    if (storage.getItem(STORED_AS) !== session) return null;
    if (!answer.ok) {
      forget(reasonOf(told.code), told.error);
      return null;
    }
    const { token, role, gateway } = told as unknown as TokenAnswer;
    if (now.state !== 'signed_in') become({ state: 'signed_in', details: { role, gateway } });
    return token;
  }

  return {
    async begin(link) {
      become({ state: 'signing_in' });
      if (link !== undefined) {
        storage.removeItem(STORED_AS);
        if (!(await signIn(link))) return;
      }
      if (storage.getItem(STORED_AS) === null) return become({ state: 'signed_out', reason: 'none' });
      firstToken = (await fetchToken()) ?? undefined;
    },
    async token(isRenewal) {
      const first = firstToken;
      firstToken = undefined;
      if (first !== undefined && !isRenewal) return first;
      return storage.getItem(STORED_AS) === null ? null : await fetchToken();
    },
    async check() {
      const session = storage.getItem(STORED_AS);
      const answer = session === null ? undefined : await post('token');
      if (answer?.status !== 401 || storage.getItem(STORED_AS) !== session) return;
      const { code, error } = await jsonOf(answer);
      forget(reasonOf(code), error);
    },
    async end(reason) {
      if (reason === 'signed_out') await post('sign-out');
      forget(reason);
    },
    state: () => now,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    return (await answer.json()) as Record<string, unknown>;
  } catch {
    // Not the gateway: a proxy's page. The status tells.
    return {};
  }
}

const REASONS: readonly string[] = ['link_used', 'link_expired', 'link_unknown', 'session_expired'];

function reasonOf(code: unknown): SignedOutReason {
  return REASONS.includes(code as string) ? (code as SignedOutReason) : 'failed';
}
