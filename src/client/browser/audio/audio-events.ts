/** The listeners of the events of a page's audio. */
import type { PageAudioEvents } from './page-audio.ts';

type Name = keyof PageAudioEvents;

export class AudioEvents {
  readonly #listeners = new Map<Name, Set<(event: never) => void>>();

  on<N extends Name>(name: N, listener: (event: PageAudioEvents[N]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  tell<N extends Name>(name: N, event: PageAudioEvents[N]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      (listener as (event: PageAudioEvents[N]) => void)(event);
    }
  }
}
