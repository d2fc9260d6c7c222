/**
 * The audio of frequent sentences, in memory: "Okay.", "Your timer is set.". A sentence is kept from the second time on that
 * it is spoken, so that what is said once to one person is not. The one that was not used for longest is dropped first.
 */
import type { QueueMetrics } from '../../../src/core/actor/queue-metrics.ts';
import type { WordTimes } from './word-times/word-times.ts';

export interface SpokenSentence {
  frames: readonly Uint8Array[];
  words: Pick<WordTimes, 'endsMs' | 'bytes'>;
}

export interface SentenceCache {
  get(key: string): SpokenSentence | undefined;
  /** The sentence was spoken, completely. */
  offer(key: string, sentence: SpokenSentence): void;
  hits(): number;
  misses(): number;
  /** Its bytes, in the form of a queue for the inspector. */
  queue(): QueueMetrics;
}

/** Hashes of sentences that were spoken once. */
const MAX_ONCE = 4_096;
/** A sentence may take this share of the cache. */
const MAX_SHARE = 1 / 8;

export function createSentenceCache(limitBytes: number): SentenceCache {
  /** In the order of their last use. */
  const entries = new Map<string, { sentence: SpokenSentence; bytes: number }>();
  const once = new Set<number>();
  let bytes = 0;
  let hits = 0;
  let misses = 0;
  let dropped = 0;

  function makeRoom(): void {
    for (const [key, entry] of entries) {
      if (bytes <= limitBytes) return;
      entries.delete(key);
      bytes -= entry.bytes;
      dropped += 1;
    }
  }

  /** Whether it is the first time, as far as remembered. */
  function isFirstTime(key: string): boolean {
    const hash = hashOf(key);
    if (once.delete(hash)) return false;
    once.add(hash);
    const [oldest] = once;
    if (once.size > MAX_ONCE && oldest !== undefined) once.delete(oldest);
    return true;
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) {
        misses += 1;
        return undefined;
      }
      hits += 1;
      entries.delete(key);
      entries.set(key, entry);
      return entry.sentence;
    },
    offer(key, sentence) {
      if (entries.has(key) || isFirstTime(key)) return;
      const others = 2 * key.length + sentence.words.bytes();
      // A frame of its own takes some 100 bytes beside its content.
      const size = sentence.frames.reduce((sum, frame) => sum + frame.length + 100, others);
      if (size > limitBytes * MAX_SHARE) return;
      entries.set(key, { sentence, bytes: size });
      bytes += size;
      makeRoom();
    },
    hits: () => hits,
    misses: () => misses,
    queue: () => ({ name: 'sentence cache', unit: 'bytes', depth: bytes, limit: limitBytes, sent: hits, dropped }),
  };
}

/** FNV-1a, 32 bit: not the sentence itself. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
