/**
 * Who may reach the cloud through the gateway: whoever has a token of a console's session that has not ended. The cloud verifies each token
 * again; but nobody else gets that far.
 */
import type { PageTokens } from './page-tokens.ts';
import type { SignInStore, StoredSession } from './sign-in-store.ts';

export interface ApiPass {
  /** The session of this token; undefined: it has none, or no longer. */
  holderOf(token: string): Promise<StoredSession | undefined>;
}

export function createApiPass(tokens: PageTokens, store: SignInStore): ApiPass {
  return {
    async holderOf(token) {
      const holder = await tokens.holderOf(token);
      const session = holder && (await store.session(holder.sessionId));
      return session?.role === holder?.role ? session : undefined;
    },
  };
}
