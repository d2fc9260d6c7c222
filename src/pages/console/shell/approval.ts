/**
 * Approves a device: it is paired when it has claimed its token, and one that has disconnected never does.
 */
import { type ConvexReactClient, useConvex } from 'convex/react';
import { ConvexError } from 'convex/values';
import { showToast } from '../../design/toasts.tsx';
import { api } from './api.ts';

/** A device that is connected claims its token within a second. */
const CLAIMED_WITHIN_MS = 10_000;

/** Rejects with the cloud's refusal. What becomes of the approval is told in a toast: the request is not listed any more by then. */
export function useApproval(): (code: string) => Promise<void> {
  const client = useConvex();
  return async (code) => {
    const answer = await client.mutation(api.pairing.approve, { code });
    if (!answer.ok) throw new ConvexError({ code: answer.code, message: answer.message });
    const { device, replaced } = answer;
    if (await isClaimed(client, code)) {
      showToast(`${device} is paired${replaced ? ' again. The token of the old device is invalid now' : ''}`);
    } else {
      const text = `${device} has disconnected before it was paired. When it connects again, it shows a new code.`;
      showToast(text, { tone: 'danger' });
    }
  };
}

/** An approval that nobody claims is withdrawn: nobody else may use it. */
async function isClaimed(client: ConvexReactClient, code: string): Promise<boolean> {
  await decided(client, code);
  const standing = await client.query(api.pairing.standing, { code });
  if (standing?.status !== 'approved') return standing?.status === 'used';
  return (await client.mutation(api.pairing.withdraw, { request: standing.request })) === 'used';
}

/** Resolves when the device has claimed its token or has gone, or when it has had enough time for that. */
function decided(client: ConvexReactClient, code: string): Promise<void> {
  const watch = client.watchQuery(api.pairing.standing, { code });
  return new Promise((resolve) => {
    const unwatch = watch.onUpdate(look);
    const timer = setTimeout(stop, CLAIMED_WITHIN_MS);
    function look(): void {
      if (!isWaiting()) stop();
    }
    function stop(): void {
      clearTimeout(timer);
      unwatch();
      resolve();
    }
  });

  function isWaiting(): boolean {
    try {
      const standing = watch.localQueryResult();
      return standing === undefined || standing?.status === 'approved';
    } catch {
      // The query that follows fails in the same way, and says so.
      return false;
    }
  }
}
