/**
 * The conversation of each device with Home Assistant: what is said within five minutes goes on with the one before, as on ESPHome's devices.
 */
const FORGOTTEN_AFTER_MS = 5 * 60_000;
/** Beyond it the one that is longest without a turn is forgotten. */
const MAX_CONVERSATIONS = 1_000;

export interface Conversations {
  /** Undefined: a new one. */
  of(device: string, nowMs: number): string | undefined;
  keep(device: string, id: string, nowMs: number): void;
}

export function createConversations(): Conversations {
  const known = new Map<string, { id: string; atMs: number }>();
  return {
    of(device, nowMs) {
      const last = known.get(device);
      return last && nowMs - last.atMs < FORGOTTEN_AFTER_MS ? last.id : undefined;
    },
    keep(device, id, nowMs) {
      known.delete(device);
      if (id === '') return;
      known.set(device, { id, atMs: nowMs });
      const oldest = known.size > MAX_CONVERSATIONS ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
