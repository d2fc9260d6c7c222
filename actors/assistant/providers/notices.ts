/**
 * What the person is told about providers that cannot be used: once for each outage, before the next answer.
 */

/** Of one device: beyond it the oldest is forgotten, and told again. */
const MAX_DEVICES = 1_000;

export interface Notices {
  /** Tells it the device's person unless it was told since the last `over`. `topic`: e.g. a provider. */
  tell(device: string, topic: string, sentence: string): void;
  /** The outage is over: the next one is told again. */
  over(device: string, topic: string): void;
  /** What is to be said now; it is not returned again. */
  take(device: string): string | undefined;
}

export function createNotices(): Notices {
  /** Device → topic → what is still to be said; undefined: it was said. */
  const devices = new Map<string, Map<string, string | undefined>>();
  return {
    tell(device, topic, sentence) {
      const topics = devices.get(device) ?? new Map<string, string | undefined>();
      if (topics.has(topic)) return;
      topics.set(topic, sentence);
      devices.delete(device);
      devices.set(device, topics);
      for (const oldest of devices.keys()) if (devices.size > MAX_DEVICES) devices.delete(oldest);
    },
    over(device, topic) {
      const topics = devices.get(device);
      topics?.delete(topic);
      if (topics?.size === 0) devices.delete(device);
    },
    take(device) {
      const topics = devices.get(device);
      if (!topics) return undefined;
      const sentences = [...topics.values()].filter((sentence) => sentence !== undefined);
      for (const topic of topics.keys()) topics.set(topic, undefined);
      return sentences.length > 0 ? sentences.join(' ') : undefined;
    },
  };
}
