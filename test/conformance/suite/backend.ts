/**
 * What the suite asks of a deployment of test/conformance/convex, wherever it runs.
 */
import type { Value } from 'convex/values';

export type BackendName = 'convex-test' | 'embedded' | 'real';
export type FunctionKind = 'query' | 'mutation' | 'action';

export interface Backend {
  readonly name: BackendName;
  /** It runs crons.ts. */
  readonly hasCrons: boolean;
  /** @param path `module:function` @param token a JWT of the caller. @throws CallError */
  query<T = Value>(path: string, args?: Record<string, unknown>, token?: string): Promise<T>;
  mutation<T = Value>(path: string, args?: Record<string, unknown>, token?: string): Promise<T>;
  action<T = Value>(path: string, args?: Record<string, unknown>, token?: string): Promise<T>;
  /** An HTTP action. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** An address that a function gave out. */
  fetchFile(url: string, init?: RequestInit): Promise<Response>;
  subscribe<T = Value>(path: string, args: Record<string, unknown>, watcher: Watcher<T>, token?: string): () => void;
  /** Ends the server (kill) and starts it again at the same address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface Watcher<T> {
  onValue(value: T): void;
  onError?(error: Error): void;
}

/** What a function threw, as its caller sees it. `data`: of a ConvexError. */
export class CallError extends Error {
  readonly data: unknown;

  constructor(message: string, data?: unknown) {
    super(message);
    this.data = data;
  }
}

/** The backend has no such thing at all: it has to be declared, as each difference. */
export class NotOffered extends Error {
  constructor(what: string) {
    super(`not offered: ${what}`);
  }
}
