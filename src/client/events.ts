/** Listeners by the name of their event. One that throws does not keep the others from being called. */

export interface Events<Map extends object> {
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void): () => void;
  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void;
}

/** @param onThrown gets what a listener throws */
export function createEvents<Map extends object>(onThrown: (thrown: unknown) => void): Events<Map> {
  const listeners: { [Name in keyof Map]?: Set<(event: Map[Name]) => void> } = {};
  return {
    on(name, listener) {
      // The same function may be given twice, and is called twice.
      const listen: typeof listener = (event) => listener(event);
      const all = listeners[name] ?? new Set();
      listeners[name] = all;
      all.add(listen);
      return () => void all.delete(listen);
    },
    emit(name, event) {
      for (const listen of [...(listeners[name] ?? [])]) {
        try {
          listen(event);
        } catch (thrown) {
          onThrown(thrown);
        }
      }
    },
  };
}
