/**
 * The screen stays on while the person talks, or may begin to by voice: a phone that sleeps closes the microphone. Where the browser
 * refuses (low battery) or has no such lock, the screen goes off as usual.
 */
export interface WakeLock {
  /** Asks for it or gives it back; again when the page is visible again, because the browser takes it from a hidden page. */
  hold(isWanted: boolean): void;
}

export function createWakeLock({ navigator, document }: { navigator: Navigator; document: Document }): WakeLock {
  let isWanted = false;
  let sentinel: WakeLockSentinel | undefined;
  let isAsking = false;

  async function update(): Promise<void> {
    if (isAsking || !('wakeLock' in navigator)) return;
    isAsking = true;
    try {
      const isHeld = sentinel !== undefined && !sentinel.released;
      if (isWanted && !isHeld && document.visibilityState === 'visible') {
        sentinel = await navigator.wakeLock.request('screen');
      } else if (!isWanted && isHeld) await sentinel?.release();
    } catch {
      // Refused: see above.
      sentinel = undefined;
    } finally {
      isAsking = false;
    }
    const isHeld = sentinel !== undefined && !sentinel.released;
    // It was changed while the browser was asked.
    if (isHeld && !isWanted) await sentinel?.release();
  }

  document.addEventListener('visibilitychange', () => void update());
  return {
    hold(wanted) {
      if (wanted === isWanted) return;
      isWanted = wanted;
      void update();
    },
  };
}
