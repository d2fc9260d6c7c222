/**
 * The browser's offer to install the page as an app: it comes once, and may be used once.
 */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

/** Returns what shows the offer. `changed`: there is one, or it is used up. */
export function offerInstallation(window: Window, changed: (canInstall: boolean) => void): () => void {
  let offer: InstallOffer | undefined;
  const set = (next: InstallOffer | undefined) => {
    offer = next;
    changed(next !== undefined);
  };
  window.addEventListener('beforeinstallprompt', (event) => {
    // The page's own button shows it.
    event.preventDefault();
    set(event as InstallOffer);
  });
  window.addEventListener('appinstalled', () => set(undefined));
  return () => {
    // A refusal is the person's choice.
    offer?.prompt().catch(() => {});
    set(undefined);
  };
}
