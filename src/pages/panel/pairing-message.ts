/**
 * The talk page in a panel of the console: what it tells the console, by a message of the window. Both are of one origin, and neither speaks
 * with another.
 */
interface PairingMessage {
  type: 'earshot.pairing';
  code: string;
}

/** The talk page shows this code. Nothing outside a panel. */
export function tellPairing(code: string): void {
  const message: PairingMessage = { type: 'earshot.pairing', code };
  if (isInPanel()) parent.postMessage(message, location.origin);
}

/** Whether this page is in a frame of another: by its headers, only one of its own origin can have it. */
export function isInPanel(): boolean {
  return parent !== window;
}

/** Calls back with each code that the page in this frame shows, until the returned function is called. */
export function onPairing(frame: HTMLIFrameElement, listener: (code: string) => void): () => void {
  const receive = ({ origin, source, data }: MessageEvent<Partial<PairingMessage> | undefined>) => {
    if (origin !== location.origin || source !== frame.contentWindow) return;
    if (data?.type === 'earshot.pairing' && typeof data.code === 'string') listener(data.code);
  };
  addEventListener('message', receive);
  return () => removeEventListener('message', receive);
}
