/**
 * Whether what is on the page is what is true now.
 */

import { useConvexConnectionState } from 'convex/react';
import { useEffect, useState } from 'preact/hooks';
import { timeText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { gatewayNow } from './now.ts';

export function ConnectionNotice() {
  const { isWebSocketConnected, hasEverConnected } = useConvexConnectionState();
  const lostAtMs = useSince(!isWebSocketConnected);
  if (isWebSocketConnected) return null;
  return (
    <div class="banner connection" data-tone="warning" role="status">
      <Icon path={icons.offlineIcon} />
      <p>
        {hasEverConnected && lostAtMs !== undefined
          ? `No connection with the gateway since ${timeText(lostAtMs)}. This page shows what was known then, and connects again by itself.`
          : 'Connecting to the gateway…'}
      </p>
    </div>
  );
}

/** When it became true, in ms since 1970; undefined while it is false. */
function useSince(isTrue: boolean): number | undefined {
  const [sinceMs, setSinceMs] = useState<number>();
  useEffect(() => setSinceMs(isTrue ? gatewayNow() : undefined), [isTrue]);
  return sinceMs;
}
