/**
 * What the conversation notifies of, as events of the client and of its turns. They are told when the machine has finished its step: a
 * listener that begins a turn, or reads the state, finds all as it is.
 */
import type { ConversationContext, ConversationNotification } from '../../machines/conversation-context.ts';
import { LINK_DELAYS_MS } from '../../machines/link.ts';
import type { TurnRecord } from '../../machines/turn-record.ts';
import type { ErrorInfo } from '../core/errors.ts';
import type { Clock } from '../core/time/clock.ts';
import { type StageLatencies, stageLatencies } from '../observability/turn-report.ts';
import { withCaption } from '../protocol/captions.ts';
import { MAX_OFFLINE_BUFFER } from '../protocol/format.ts';
import type { ClientAnnouncement, ClientEvents, ClientState } from './client.ts';
import type { ClientTurn } from './client-turn.ts';
import type { Events } from './events.ts';
import type { TurnBook } from './turn-book.ts';

type Notification<Type> = Extract<ConversationNotification, { type: Type }>;

export interface NotificationsOptions {
  clock: Clock;
  turns: TurnBook;
  emit: Events<ClientEvents>['emit'];
  setVolume(volume: number): void;
  reportLatencies(id: string, latencyMs: StageLatencies): void;
  /** The conversation may have reached a state in which a turn can begin. */
  mayPress(): void;
}

/** Before the first step. */
const NOTHING: Pick<ConversationContext, 'retained' | 'roundTripMs' | 'record'> = {
  retained: { settings: undefined, announcements: [], reminders: undefined, ringEnd: undefined },
  roundTripMs: 0,
  record: undefined,
};

const STORE_FULL: ErrorInfo = {
  code: 'store_full',
  message: `${MAX_OFFLINE_BUFFER} turns were stored, which is the most: the oldest was dropped`,
  hint: 'The gateway could not be reached for a long time, or has no cloud.',
};

export class Notifications {
  state: ClientState = { state: 'closed' };
  /** The state of the conversation. */
  conversation = 'idle';
  isTelling = false;
  readonly #options: NotificationsOptions;
  #queue: ConversationNotification[] = [];
  #before = NOTHING;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  get isRecording(): boolean {
    return this.conversation === 'recording' || this.conversation === 'streaming';
  }

  enter(state: ClientState): void {
    this.state = state;
    this.#options.emit('state', state);
  }

  add(notification: ConversationNotification): void {
    this.#queue.push(notification);
  }

  /** The machine has finished a step. */
  tell(context: ConversationContext): void {
    const told = this.#queue;
    this.#queue = [];
    const { roundTripMs } = context;
    this.isTelling = true;
    if (roundTripMs !== this.#before.roundTripMs) this.#options.emit('latency', { roundTripMs });
    this.#offered(context);
    for (const notification of told) this.#tell(notification, context);
    this.isTelling = false;
    this.#before = context;
    // Not at once: the machine is not ready for the next event.
    if (this.#options.turns.waiting) queueMicrotask(() => this.#options.mayPress());
  }

  /** A turn that has not begun is given up, or cannot begin. */
  withdraw(turn: ClientTurn, error?: ErrorInfo): void {
    this.#options.turns.waiting = undefined;
    if (error) turn.tell('error', error);
    turn.tell('done', { outcome: error ? 'failed' : 'cancelled', latencyMs: {}, isOffline: false });
  }

  close(): void {
    const { waiting, current } = this.#options.turns;
    if (waiting) this.withdraw(waiting);
    this.#options.turns.current = undefined;
    // What was said is stored.
    current?.tell('done', { outcome: 'cancelled', latencyMs: {}, isOffline: true });
    this.conversation = 'idle';
    this.enter({ state: 'closed' });
  }

  #tell(notification: ConversationNotification, context: ConversationContext): void {
    const { emit, turns, setVolume } = this.#options;
    switch (notification.type) {
      case 'state.entered':
        return this.#entered(notification, context);
      case 'turn.partial':
        return turns.current?.tell('transcript', { text: notification.text, isFinal: false });
      case 'turn.processing':
        return this.#processing(notification);
      case 'reply.text':
        return this.#reply(turns.current, withCaption(turns.current?.replyText, notification.text));
      case 'turn.finished':
        return this.#finished(notification.record);
      case 'turn.stored':
        return this.#stored(notification);
      case 'link.changed':
        return this.#linked(notification);
      case 'link.pairing': {
        const { code, expiresAtMs } = notification;
        this.enter({ state: 'pairing' });
        return emit('pairing', { code, expiresAtMs });
      }
      case 'settings.changed': {
        const { settings } = notification;
        if (settings.volumePercent !== undefined) setVolume(settings.volumePercent / 100);
        return emit('settings', settings);
      }
      case 'microphone.changed':
        return emit('microphone', { state: notification.state });
      case 'offline.pending':
        return emit('unsent', { turns: notification.turns });
      case 'offline.dropped':
        return this.#known(notification.id).tell('undeliverable', STORE_FULL);
      case 'offline.refused':
        return this.#known(notification.id).tell('undeliverable', notification.error);
      case 'offline.failed':
      case 'listener.failed':
      case 'actor.restarting':
        return emit('error', notification.error);
    }
  }

  #entered({ state }: Notification<'state.entered'>, { record }: ConversationContext): void {
    const { emit, turns } = this.#options;
    this.conversation = state;
    if (record && record.id !== turns.current?.id && record.outcome === undefined) this.#begun(record);
    if (!this.isRecording) turns.current?.noteEnd();
    emit('conversation', { state });
    if (record?.replyText !== undefined) this.#reply(turns.current, record.replyText);
    if (state === 'playing') turns.current?.tell('playing', undefined);
  }

  #offered({ retained: { announcements } }: Pick<ConversationContext, 'retained'>): void {
    if (announcements === this.#before.retained.announcements) return;
    this.#options.emit('offered', { announcements: announcements.map(announcementOf) });
  }

  #begun(record: TurnRecord): void {
    const { emit, turns } = this.#options;
    const turn = turns.begin(record);
    const said = this.#before.retained.announcements.find(({ id }) => id === record.announcement);
    if (said) emit('announcement', announcementOf(said));
    emit('turn', turn);
  }

  #processing({ transcript }: Notification<'turn.processing'>): void {
    const { current } = this.#options.turns;
    if (transcript !== undefined) current?.tell('transcript', { text: transcript, isFinal: true });
    current?.tell('processing', undefined);
  }

  #reply(turn: ClientTurn | undefined, text: string): void {
    if (!turn || text === turn.replyText) return;
    turn.replyText = text;
    turn.tell('reply', { text });
  }

  #finished(record: TurnRecord): void {
    const { turns, reportLatencies } = this.#options;
    const turn = turns.finish(record.id);
    const latencyMs = stageLatencies(record);
    reportLatencies(record.id, latencyMs);
    if (!turn) return;
    if (record.replyText !== undefined) this.#reply(turn, record.replyText);
    if (record.error) turn.tell('error', record.error);
    turn.tell('done', { outcome: record.outcome ?? 'failed', latencyMs, isOffline: record.offline === true });
  }

  #stored({ id, cloud = false }: Notification<'turn.stored'>): void {
    this.#known(id).tell('stored', { cloud });
  }

  /** A turn that may be over for long, or of an earlier run. */
  #known(id: string): ClientTurn {
    const { turn, isNew } = this.#options.turns.find(id);
    if (isNew) this.#options.emit('turn', turn);
    return turn;
  }

  #linked(change: Notification<'link.changed'>): void {
    if (change.up) return this.enter({ state: 'connected' });
    const { error, retryInMs } = change;
    const retryAtMs = this.#options.clock.wallNow() + retryInMs;
    // Longer than the longest backoff: trying again soon fails as well.
    const state = retryInMs > LINK_DELAYS_MS.longestRetry ? 'refused' : 'reconnecting';
    this.enter({ state, retryAtMs, error });
  }
}

function announcementOf({ id, text, priority }: ClientAnnouncement): ClientAnnouncement {
  return { id, text, priority };
}
