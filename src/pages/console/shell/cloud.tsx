/**
 * The connection with the cloud: Convex's client, which the gateway's own address leads to, signed in by the session's tokens.
 */
import { ConvexProvider, ConvexReactClient } from 'convex/react';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { BrowserSession, SessionDetails } from './session.ts';

/**
 * Tokens are dated back by a minute (TOKEN_BACKDATE_MS), and Convex's client takes `exp - iat` for the time that is left: it must ask for
 * the next one a minute earlier than it thinks, and some time before that.
 */
const RENEW_BEFORE_S = 120;

const Details = createContext<SessionDetails | undefined>(undefined);

interface CloudProps {
  session: BrowserSession;
  details: SessionDetails;
  children: ComponentChildren;
}

export function CloudProvider({ session, details, children }: CloudProps) {
  const [client, setClient] = useState<ConvexReactClient>();
  useEffect(() => {
    const opened = new ConvexReactClient(location.origin, {
      skipConvexDeploymentUrlCheck: true,
      authRefreshTokenLeewaySeconds: RENEW_BEFORE_S,
      expectAuth: true,
      initialAuthTokenReuse: true,
      // Failures are shown on the page.
      logger: false,
    });
    opened.setAuth(
      ({ forceRefreshToken }) => session.token(forceRefreshToken),
      (isAuthenticated) => {
        if (!isAuthenticated && session.state().state === 'signed_in') void session.end('token_refused');
      },
    );
    setClient(opened);
    const unsubscribe = checkWhenLost(opened, session);
    return () => {
      unsubscribe();
      void opened.close();
    };
  }, [session]);
  return (
    client && (
      <Details.Provider value={details}>
        <ConvexProvider client={client}>{children as never}</ConvexProvider>
      </Details.Provider>
    )
  );
}

/** The gateway closes the connection when the session is revoked, and refuses the next. */
function checkWhenLost(client: ConvexReactClient, session: BrowserSession): () => void {
  let checked = 0;
  return client.subscribeToConnectionState(({ isWebSocketConnected, hasEverConnected, connectionRetries }) => {
    if (isWebSocketConnected) checked = 0;
    else if (hasEverConnected && connectionRetries > checked) {
      checked = connectionRetries;
      void session.check();
    }
  });
}

export function useSessionDetails(): SessionDetails {
  const details = useContext(Details);
  if (!details) throw new Error('Nobody is signed in here.');
  return details;
}

/** Whether the person may change something. Others get no button that would be refused. */
export function useIsOperator(): boolean {
  return useSessionDetails().role === 'operator';
}
