/**
 * Whether a session still has the newest connection of its device. The cloud decides: each gateway tells it when a device connects, and sees which
 * connection is the newest. Pure.
 */
import type { NewestConnection } from '../../convex/connections.ts';

export interface ConnectionClaim {
  /** The device has connected, the first time or again. */
  connected(): void;
  /** The cloud has what was told of the connection of that time. */
  onDelivered(connectedAt: number | undefined): void;
  /** The newest connection of the device, as the cloud knows it. */
  onNewest(connection: NewestConnection | undefined): void;
}

export interface ConnectionClaimOptions {
  session: string;
  now: () => number;
  /** Tells the cloud when the device connected. */
  tell: (connectedAt: number) => void;
  /** The device has connected elsewhere, later. */
  onReplaced: (by: NewestConnection) => void;
}

export function createConnectionClaim({ session, now, tell, onReplaced }: ConnectionClaimOptions): ConnectionClaim {
  let connectedAt = 0;
  /** When the device connected, as the cloud was told. */
  let claimedAt: number | undefined;
  /** Until the cloud has the claim, what it says of others is older than the claim. */
  let isDecided = false;
  let newest: NewestConnection | undefined;
  /** The session against which it was claimed once more. */
  let contested: string | undefined;

  function claim(): void {
    claimedAt = connectedAt;
    isDecided = false;
    tell(connectedAt);
  }

  function decide(): void {
    if (!isDecided || !newest || newest.session === session) return;
    // The device was elsewhere, and came back while the cloud could not be asked; or the cloud has the rows of an older time again (an import).
    if (connectedAt !== claimedAt || contested !== newest.session) {
      contested = newest.session;
      return claim();
    }
    onReplaced(newest);
  }

  return {
    connected() {
      connectedAt = now();
      // Most connections that follow are the newest as well: the cloud is told only where it believes otherwise.
      if (claimedAt === undefined) claim();
    },
    onDelivered(at) {
      if (at !== claimedAt) return;
      isDecided = true;
      decide();
    },
    onNewest(connection) {
      newest = connection;
      decide();
    },
  };
}
