/**
 * The memory of conversations: the last messages of each device, and where they are stored for good.
 *
 * What is said in a process is remembered at once. What was said before is loaded when the device speaks for the first
 * time; a store that is slow delays the answer only a little, and what it finds later counts from the next turn on. A store that fails is
 * asked again each time the device speaks.
 */
import { errorFields } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { within } from '../../../src/core/time/within.ts';
import type { DialogueMessage, Memory, Recollection } from '../parts/memory.ts';

/** Messages of a device that are kept in the process. */
export const KEPT_MESSAGES = 40;
/** Devices whose messages are kept in the process. */
const KEPT_DEVICES = 1_000;
/** How long after its first question the store is waited for. */
const LOADING_PATIENCE_MS = 300;

/** Where messages last. */
export interface MessageStore {
  /** The newest messages, oldest first. @throws EarshotError `cloud_unavailable` */
  load(device: string, limit: number): Promise<Recollection>;
  /** Stores a message of a turn in place of the one with the same role; delivered later if it has to be. */
  put(device: string, message: DialogueMessage): void;
  /** @throws EarshotError `cloud_unavailable` */
  summarize(device: string, summary: string, untilMs: number): Promise<void>;
  /** Also what is on its way. Resolves with the number of messages. @throws EarshotError `cloud_unavailable` */
  forget(device: string, nowMs: number): Promise<number>;
}

export interface MemoryOptions {
  /** Without it: only as long as the process. */
  store?: MessageStore;
  clock: Clock;
  log: Log;
}

interface Conversation {
  messages: DialogueMessage[];
  summary?: string;
  /** The time of the last message that the summary covers. */
  coveredUntilMs: number;
  /** Resolves, never rejects, when the store has answered. */
  loaded: Promise<void>;
  /** Until then it is waited for. */
  patientUntilMs: number;
  /** It is loaded again when the device speaks next. */
  hasFailed: boolean;
}

/** A memory for all devices of a gateway. */
export function createMemory({ store, clock, log }: MemoryOptions): Memory {
  const conversations = new Map<string, Conversation>();

  function conversationOf(device: string): Conversation {
    const known = conversations.get(device);
    conversations.delete(device);
    const conversation = known ?? begin(device);
    conversations.set(device, conversation);
    const oldest = conversations.size > KEPT_DEVICES ? conversations.keys().next().value : undefined;
    if (oldest !== undefined) conversations.delete(oldest);
    return conversation;
  }

  function begin(device: string): Conversation {
    const conversation: Conversation = {
      messages: [],
      coveredUntilMs: Number.NEGATIVE_INFINITY,
      loaded: Promise.resolve(),
      patientUntilMs: 0,
      hasFailed: false,
    };
    beginLoading(device, conversation);
    return conversation;
  }

  function beginLoading(device: string, conversation: Conversation): void {
    if (!store) return;
    conversation.hasFailed = false;
    conversation.patientUntilMs = clock.now() + LOADING_PATIENCE_MS;
    conversation.loaded = load(store, device, conversation);
  }

  async function load(from: MessageStore, device: string, conversation: Conversation): Promise<void> {
    try {
      const { messages, summary } = await from.load(device, KEPT_MESSAGES);
      if (conversations.get(device) !== conversation) return;
      const since = conversation.messages;
      const before = messages.filter(
        (old) => old.atMs > conversation.coveredUntilMs && !since.some((message) => isSame(message, old)),
      );
      conversation.messages = [...before, ...since].slice(-KEPT_MESSAGES);
      if (summary !== undefined) conversation.summary ??= summary;
    } catch (error) {
      log.info('earlier messages cannot be loaded', { device, ...errorFields(error) });
      conversation.hasFailed = true;
    }
  }

  return {
    async recall(device) {
      const conversation = conversationOf(device);
      if (conversation.hasFailed) beginLoading(device, conversation);
      await within(conversation.loaded, Math.max(0, conversation.patientUntilMs - clock.now()), clock);
      const { messages, summary } = conversation;
      return { messages: [...messages], ...(summary !== undefined && { summary }) };
    },
    remember(device, message) {
      const conversation = conversationOf(device);
      const others = conversation.messages.filter((other) => !isSame(other, message));
      conversation.messages = [...others, message].slice(-KEPT_MESSAGES);
      store?.put(device, message);
    },
    heard(device, turnId, text) {
      const conversation = conversationOf(device);
      const index = conversation.messages.findIndex((each) => each.turnId === turnId && each.role === 'assistant');
      const said = conversation.messages[index];
      if (!said) return;
      const heard = { ...said, text };
      conversation.messages[index] = heard;
      store?.put(device, heard);
    },
    summarize(device, summary, untilMs) {
      const conversation = conversationOf(device);
      conversation.summary = summary;
      conversation.coveredUntilMs = untilMs;
      conversation.messages = conversation.messages.filter(({ atMs }) => atMs > untilMs);
      store
        ?.summarize(device, summary, untilMs)
        .catch((error: unknown) => log.warn('a summary is not stored', { device, ...errorFields(error) }));
    },
    async forget(device) {
      const held = conversations.get(device)?.messages.length ?? 0;
      // The conversation is removed: what its store still loads for it is not used.
      conversations.delete(device);
      return store ? await store.forget(device, clock.wallNow()) : held;
    },
  };
}

function isSame(one: DialogueMessage, other: DialogueMessage): boolean {
  return one.turnId === other.turnId && one.role === other.role;
}
