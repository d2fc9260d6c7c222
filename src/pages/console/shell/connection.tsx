/**
 * Whether what is on the page is what is true now.
 */
import { useConvexConnectionState } from 'convex/react';
import { useEffect, useState } from 'preact/hooks';
import { shortTime } from './times.ts';

export function ConnectionNotice() {
  const { isWebSocketConnected, hasEverConnected } = useConvexConnectionState();
  const lostAtMs = useSince(!isWebSocketConnected);
  if (isWebSocketConnected) return null;
  return (
    <p class="notice warning connection" role="status">
      {hasEverConnected && lostAtMs !== undefined
        ? `No connection with the gateway since ${shortTime(lostAtMs)}. This page shows what was known then, and tries to connect again.`
        : 'Connecting to the gateway…'}
    </p>
  );
}

/** When it became true, in ms since 1970; undefined while it is false. */
function useSince(isTrue: boolean): number | undefined {
  const [sinceMs, setSinceMs] = useState<number>();
  useEffect(() => setSinceMs(isTrue ? Date.now() : undefined), [isTrue]);
  return sinceMs;
}
