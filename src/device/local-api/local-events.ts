/**
 * What the local API tells its clients: events, and the state that they add up to. Made from the notifications of the conversation, and of
 * nothing that is secret: no token, no key, no address. docs/local-api.md describes each for those who write a client.
 */
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import type { ConversationState, TurnOutcome, TurnRecord } from '../../../machines/turn-record.ts';
import type { AudioLevels } from '../../core/actor/audio-metrics.ts';
import type { Attention, ListenSettings, MicrophoneState } from '../../core/contracts/index.ts';
import type { ErrorInfo } from '../../core/errors.ts';

/** One event; `type` is the `event:` of the stream, the other fields its `data:`. */
export type LocalEvent =
  | { type: 'state'; state: ConversationState; turn: number }
  | { type: 'microphone'; microphone: MicrophoneState }
  | { type: 'attention'; attention: Attention }
  | { type: 'levels'; microphone?: Level; speaker?: Level }
  | { type: 'caption'; kind: CaptionKind; turn: number; text: string }
  | ({ type: 'turn' } & TurnEnd)
  | { type: 'link'; connected: boolean; error?: ErrorInfo; retryInMs?: number }
  | { type: 'pairing'; code: string; expiresAtMs: number }
  | { type: 'announcement'; id: string; outcome: 'said' | 'interrupted' | 'failed' | 'declined'; reason?: string }
  | { type: 'mute'; muted: boolean }
  | ({ type: 'mode' } & ListenSettings)
  | { type: 'volume'; volumePercent: number };

export type LocalEventType = LocalEvent['type'];

/** In dB of full scale, since the last event. */
type Level = NonNullable<AudioLevels['microphone']>;

/** `partial`: what was understood so far; `transcript`: the whole utterance; `reply`: what is heard now. */
export type CaptionKind = 'partial' | 'transcript' | 'reply';

/** A turn that is over. */
export interface TurnEnd {
  turn: number;
  /** The turn's id on the device, on the wire and in the cloud. */
  id: string;
  trigger: string;
  outcome: TurnOutcome;
  transcript?: string;
  reply?: string;
  /** There was no connection: a cached reply was played. */
  offline?: true;
  /** Id of the announcement that was made in it. */
  announcement?: string;
  /** Id of the reminder that rang in it. */
  reminder?: string;
  /** The reply asks the person something: an answer is awaited. */
  asks?: true;
  error?: ErrorInfo;
}

export interface LocalState {
  state: ConversationState;
  /** Number of the current or last turn since the start; 0: there was none. */
  turn: number;
  connected: boolean;
  microphone: MicrophoneState;
  /** What is looked for in its sound. */
  attention: Attention;
  /** The person has muted the microphone; `microphone` follows within moments. */
  muted: boolean;
  volumePercent: number;
  /** When it listens, and for what. */
  listening: ListenSettings;
}

/** The names of all events. */
export const EVENT_TYPES = [
  ...([
    'state',
    'microphone',
    'attention',
    'levels',
    'caption',
    'turn',
    'link',
    'pairing',
    'announcement',
    'mute',
    'volume',
    'mode',
  ] as const),
] satisfies LocalEventType[];

export interface LocalEvents {
  note(notification: ConversationNotification): void;
  levels(levels: AudioLevels): void;
  /** The settings as they are now. */
  set(settings: LocalSettingsState): void;
  state(): LocalState;
  /** Returns a function that ends it. */
  subscribe(subscriber: (event: LocalEvent) => void): () => void;
}

/** What the person has set on the device. */
export type LocalSettingsState = Pick<LocalState, 'muted' | 'volumePercent' | 'listening'>;

/** @param onFailure a subscriber has thrown: the others still get the event */
export function createLocalEvents(settings: LocalSettingsState, onFailure: (error: unknown) => void): LocalEvents {
  const subscribers = new Set<(event: LocalEvent) => void>();
  const now: LocalState = {
    state: 'idle',
    turn: 0,
    connected: false,
    microphone: 'closed',
    attention: 'nothing',
    ...settings,
  };

  function publish(event: LocalEvent): void {
    for (const subscriber of subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        onFailure(error);
      }
    }
  }

  function enter(state: ConversationState, turn: number): void {
    now.state = state;
    now.turn = turn;
    publish({ type: 'state', state, turn });
  }

  function noteLink(link: Extract<ConversationNotification, { type: 'link.changed' }>): void {
    now.connected = link.up;
    if (link.up) publish({ type: 'link', connected: true });
    else publish({ type: 'link', connected: false, error: link.error, retryInMs: link.retryInMs });
  }

  function noteTurn(record: TurnRecord): void {
    publish({ type: 'turn', ...endOf(record) });
    const { announcement, outcome } = record;
    if (announcement === undefined) return;
    publish({ type: 'announcement', id: announcement, outcome: becameOf(outcome) });
  }

  return {
    note(notification) {
      switch (notification.type) {
        case 'state.entered':
          return enter(notification.state, notification.turn);
        case 'microphone.changed':
          now.microphone = notification.state;
          return publish({ type: 'microphone', microphone: now.microphone });
        case 'attention.changed':
          now.attention = notification.attention;
          return publish({ type: 'attention', attention: now.attention });
        case 'link.changed':
          return noteLink(notification);
        case 'link.pairing': {
          const { code, expiresAtMs } = notification;
          return publish({ type: 'pairing', code, expiresAtMs });
        }
        case 'turn.partial':
          return publish({ type: 'caption', kind: 'partial', turn: notification.turn, text: notification.text });
        case 'turn.processing': {
          const { turn, transcript: text } = notification;
          return text === undefined ? undefined : publish({ type: 'caption', kind: 'transcript', turn, text });
        }
        case 'reply.text':
          return publish({ type: 'caption', kind: 'reply', turn: notification.turn, text: notification.text });
        case 'turn.finished':
          return noteTurn(notification.record);
        case 'say.declined':
          return publish({
            type: 'announcement',
            id: notification.id,
            outcome: 'declined',
            reason: notification.reason,
          });
      }
    },
    set({ muted, volumePercent, listening }) {
      const before = { ...now };
      Object.assign(now, { muted, volumePercent, listening });
      if (muted !== before.muted) publish({ type: 'mute', muted });
      if (volumePercent !== before.volumePercent) publish({ type: 'volume', volumePercent });
      if (!isSame(listening, before.listening)) publish({ type: 'mode', ...listening });
    },
    levels: ({ microphone, speaker }) =>
      publish({
        type: 'levels',
        ...(microphone && { microphone: rounded(microphone) }),
        ...(speaker && { speaker: rounded(speaker) }),
      }),
    state: () => ({ ...now }),
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
  };
}

function isSame(a: ListenSettings, b: ListenSettings): boolean {
  return (Object.keys(a) as (keyof ListenSettings)[]).every((name) => a[name] === b[name]);
}

function rounded({ rmsDb, peakDb }: Level): Level {
  return { rmsDb: Math.round(rmsDb * 10) / 10, peakDb: Math.round(peakDb * 10) / 10 };
}

function endOf(record: TurnRecord): TurnEnd {
  const {
    turn,
    id,
    trigger,
    outcome = 'failed',
    transcript,
    replyText,
    offline,
    announcement,
    reminder,
    asks,
    error,
  } = record;
  return {
    ...{ turn, id, trigger, outcome },
    ...(transcript !== undefined && { transcript }),
    ...(replyText !== undefined && { reply: replyText }),
    ...(offline && { offline }),
    ...(announcement !== undefined && { announcement }),
    ...(reminder && { reminder: reminder.id }),
    ...(asks && { asks }),
    ...(error && { error }),
  };
}

function becameOf(outcome: TurnOutcome | undefined): 'said' | 'interrupted' | 'failed' {
  if (outcome === 'done') return 'said';
  return outcome === 'barge-in' || outcome === 'cancelled' ? 'interrupted' : 'failed';
}
