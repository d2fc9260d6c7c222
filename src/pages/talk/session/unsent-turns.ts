/**
 * The store of unsent turns in this browser.
 */
import { openTurnDatabase, type TurnDatabase } from '../../../client/browser/turn-database.ts';
import { EarshotError, type ErrorInfo, errorInfo } from '../../../core/errors.ts';

/** The tab that had it before needs a moment to close it. */
const RETRY_MS = 200;
const ATTEMPTS = 25;

/** Where the browser stores nothing for this page, or another tab does not give it back, turns last as long as the page, which `tell` says. */
export async function openUnsentTurns(tell: (error: ErrorInfo) => void): Promise<TurnDatabase> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openTurnDatabase('talk');
    } catch (thrown) {
      const isInUse = thrown instanceof EarshotError && thrown.code === 'state_in_use';
      if (!isInUse || attempt === ATTEMPTS) {
        tell(errorInfo(thrown));
        const { memoryDisk } = await import('../../../client/memory-disk.ts');
        return { disk: memoryDisk(), folder: 'turns', async close() {} };
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
