/**
 * A record queue without a disk: as the real one behaves, at once.
 */
import { keyOf, type QueueEntry, type RecordQueue } from '../../actors/cloud/record-queue.ts';

export function memoryQueue(): RecordQueue {
  const entries = new Map<string, QueueEntry>();
  const recordings = new Map<string, Uint8Array>();
  return {
    has: (key) => entries.has(key),
    async put(record, recording) {
      const key = keyOf(record);
      if (recording) recordings.set(key, recording);
      const version = (entries.get(key)?.version ?? 0) + 1;
      entries.set(key, { key, version, record, hasRecording: recordings.has(key), bytes: 0 });
    },
    next: (device) => [...entries.values()].find((entry) => entry.record.device === device),
    devices: () => [...new Set([...entries.values()].map(({ record }) => record.device))],
    readRecording: async ({ key }) => recordings.get(key) ?? new Uint8Array(),
    async recordingDelivered({ key }) {
      recordings.delete(key);
      const entry = entries.get(key);
      if (entry) entry.hasRecording = false;
    },
    async remove({ key, version }) {
      if (entries.get(key)?.version === version) entries.delete(key);
    },
    stats: () => ({ waiting: entries.size, limit: 0, bytes: 0, dropped: 0, damaged: 0 }),
  };
}
