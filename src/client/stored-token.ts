/** The token of a client: given, or read from its storage; the one of a pairing is stored there. */
import type { TokenStorage } from './client.ts';

export class StoredToken {
  readonly #storage: TokenStorage | undefined;
  readonly #onFailed: (thrown: unknown) => void;
  #token: string | undefined;

  /** @throws what the storage throws when it is read */
  constructor(given: string | TokenStorage | undefined, onFailed: (thrown: unknown) => void) {
    this.#storage = typeof given === 'object' ? given : undefined;
    this.#token = typeof given === 'object' ? given.read() : given;
    this.#onFailed = onFailed;
  }

  get current(): string | undefined {
    return this.#token;
  }

  /** It is valid for this run also when it cannot be stored. */
  replace(token: string | undefined): void {
    this.#token = token;
    try {
      this.#storage?.write(token);
    } catch (thrown) {
      this.#onFailed(thrown);
    }
  }
}
