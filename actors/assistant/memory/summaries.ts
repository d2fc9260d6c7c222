/**
 * A memory that grows has its older half replaced by a summary, which the brain writes between two turns.
 */
import { runAlone } from '../../../src/core/actor/run-alone.ts';
import { errorFields } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import { createOccasionalLog } from '../../../src/core/log/occasional-log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Brain } from '../parts/brain.ts';
import type { Memory } from '../parts/memory.ts';

/** So many messages are summarized … */
export const SUMMARIZED_FROM = 30;
/** … but for the newest. */
export const KEPT_AFTER_SUMMARY = 12;

export interface SummarizingOptions {
  /** Ends the summaries that are being written. */
  signal: AbortSignal;
  clock: Clock;
  log: Log;
}

/** Without a brain that can summarize, the oldest messages are forgotten as there come new ones. */
export function summarizingMemory(
  memory: Memory,
  { summarize }: Pick<Brain, 'summarize'>,
  { signal, clock, log }: SummarizingOptions,
): Memory {
  if (!summarize) return memory;
  const busy = new Set<string>();
  const say = createOccasionalLog(log);

  async function shorten(device: string, write: NonNullable<Brain['summarize']>): Promise<void> {
    if (busy.has(device) || signal.aborted) return;
    busy.add(device);
    try {
      const { messages, summary } = await memory.recall(device);
      if (messages.length < SUMMARIZED_FROM) return;
      const older = messages.slice(0, -KEPT_AFTER_SUMMARY);
      const text = await write({ device, messages: older, ...(summary !== undefined && { summary }) }, signal);
      if (text !== '') memory.summarize(device, text, older.at(-1)?.atMs ?? 0);
    } catch (error) {
      // The next turn tries again.
      if (!signal.aborted) say('a conversation is not summarized', { device, ...errorFields(error) });
    } finally {
      busy.delete(device);
    }
  }

  return {
    ...memory,
    remember(device, message) {
      memory.remember(device, message);
      if (message.role === 'assistant') runAlone('a summary', { clock, log }, () => shorten(device, summarize));
    },
  };
}
