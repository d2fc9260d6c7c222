/**
 * The client: the composition of the device (src/device/device.ts) with what programs without Node have. What the conversation notifies of
 * becomes events in notifications.ts.
 */
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from 'xstate';
import type { conversation } from '../../machines/conversation.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import { EarshotError, errorFields, errorInfo } from '../core/errors.ts';
import { type Log, silentLog } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import { createDevice } from '../device/device.ts';
import { localeOf } from '../device/locale.ts';
import { type Hello, PROTOCOL_VERSION } from '../protocol/control.ts';
import { isTrigger } from '../protocol/triggers.ts';
import { AudioOpening } from './audio-opening.ts';
import type {
  Client,
  ClientAudio,
  ClientEvents,
  ClientListening,
  ClientOptions,
  ClientState,
  Turn,
  TurnStorage,
} from './client.ts';
import type { ClientTurn } from './client-turn.ts';
import { streamDial } from './dial.ts';
import { createEvents, type Events } from './events.ts';
import type { FrameAudio, FrameAudioOptions } from './frames.ts';
import { type LateAudio, lateAudio } from './late-audio.ts';
import { Notifications } from './notifications.ts';
import { platformClock, watchOnline } from './platform.ts';
import { StoredToken } from './stored-token.ts';
import { TurnBook } from './turn-book.ts';

const BUFFER_MS = 600;
/** States of the conversation in which a press begins a turn. In the others it waits for the next of these. */
const MAY_PRESS = ['idle', 'processing', 'receiving', 'playing'];

/** What the client has until there is audio. */
export type FirstAudio = (options: FrameAudioOptions) => FrameAudio;

export class DeviceClient implements Client {
  readonly on: Client['on'];
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: Events<ClientEvents>;
  readonly #turns: TurnBook;
  readonly #frames: FrameAudio;
  readonly #audio: LateAudio;
  /** Undefined: the program brings the audio, or there is none. */
  readonly #audioOpening: AudioOpening | undefined;
  readonly #notifications: Notifications;
  readonly #dial: ReturnType<typeof streamDial>;
  readonly #turnStorage;
  #actor: Actor<typeof conversation> | undefined;
  readonly #token: StoredToken;
  #listening: ClientListening | undefined;
  #stopLevels = () => {};
  #isReporting = false;

  /** @throws EarshotError `usage` for an invalid address, and where there is no WebSocket */
  constructor(options: ClientOptions & { turns: TurnStorage }, firstAudio: FirstAudio) {
    const { url, audio, framesPerPacket = 1, log = silentLog, clock = platformClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    const onThrown = (thrown: unknown) => this.#report(thrown);
    this.#token = new StoredToken(options.token, onThrown);
    this.#dial = streamDial({ url, token: () => this.#token.current, WebSocket: options.WebSocket });
    this.#turnStorage = options.turns;
    this.#events = createEvents(onThrown);
    this.on = this.#events.on;
    this.#turns = new TurnBook({
      onThrown,
      end: (turn) => this.#end(turn),
      abort: (turn) => this.#abort(turn),
      send: (frame) => this.#send(frame),
    });
    this.#frames = firstAudio({
      framesPerPacket,
      hosting: { clock, log },
      onFrame: (_, frame, atMs) => this.#turns.current?.tell('frame', { frame, atMs }),
    });
    this.#audio = lateAudio(typeof audio === 'object' ? audio : this.#frames);
    this.#audioOpening = typeof audio === 'function' ? this.#openLater(audio) : undefined;
    this.#notifications = new Notifications({
      ...{ clock, turns: this.#turns, emit: this.#events.emit },
      setVolume: (volume) => this.setVolume(volume),
      reportLatencies: (id, latencyMs) => this.#actor?.send({ type: 'turn.latencies', id, latencyMs }),
      mayPress: () => this.#press(),
    });
  }

  get state(): ClientState {
    return this.#notifications.state;
  }

  get turn(): Turn | undefined {
    return this.#turns.waiting ?? this.#turns.current;
  }

  get conversation(): Client['conversation'] {
    return { state: this.#notifications.conversation, context: this.#actor?.getSnapshot().context ?? {} };
  }

  connect(): void {
    if (this.#actor) return;
    const { inspect } = this.#options;
    const actor = this.#compose();
    this.#actor = actor;
    actor.subscribe((snapshot) => this.#notifications.tell(snapshot.context));
    inspect?.(actor);
    this.#notifications.enter({ state: 'connecting' });
    actor.start();
    this.#watchLevels();
  }

  async close(): Promise<void> {
    const actor = this.#actor;
    if (!actor) return;
    this.#actor = undefined;
    this.#stopLevels();
    actor.send({ type: 'conversation.close' });
    actor.stop();
    this.#notifications.close();
    await this.#audioOpening?.close();
  }

  talk(trigger = 'page'): Turn {
    this.#running();
    if (!isTrigger(trigger))
      throw new EarshotError('usage', `${trigger} is not a trigger`, 'Use 1 to 64 of a–z, 0–9 and -.');
    const { waiting, current } = this.#turns;
    if (waiting) return waiting;
    if (current && !current.isEnded && this.#notifications.isRecording) return current;
    const turn = this.#turns.ask({ id: newId(this.#clock.wallNow()), trigger });
    this.#audioOpening?.begin();
    this.#press();
    return turn;
  }

  setVolume(volume: number): void {
    this.#audio.current.setVolume?.(volume);
  }

  listen(settings: ClientListening): void {
    const actor = this.#running();
    this.#listening = settings;
    if (settings.mode !== 'push') this.#audioOpening?.begin();
    if (!this.#lacksAudio) actor.send({ type: 'listening.configure', settings: { ...settings, answerMs: 0 } });
  }

  mute(muted: boolean): void {
    this.#running().send({ type: 'listening.mute', muted });
  }

  useAudio(audio: ClientAudio): void {
    this.#turns.current?.abort();
    this.#audio.use(audio);
    this.#watchLevels();
    this.#press();
  }

  pairAgain(): void {
    this.#token.replace(undefined);
    this.retry();
  }

  retry(): void {
    this.#actor?.getSnapshot().children.link?.send({ type: 'link.retry' });
  }

  #compose(): Actor<typeof conversation> {
    const { random } = Math;
    const boot = { id: newId(this.#clock.wallNow()), uptimeMs: () => Math.round(this.#clock.now()) };
    const { disk, folder: storedTurns } = this.#turnStorage;
    return createDevice({
      ...{ disk, storedTurns, boot, newId, random, clock: this.#clock, log: this.#log },
      hello: this.#hello(),
      dial: this.#dial,
      watchInterfaces: watchOnline,
      // There is none without a folder of them: an unanswered turn ends without sound.
      replies: { next: () => ({ text: '', frames: [] }) },
      triggers: [],
      isAudible: () => !this.#lacksAudio && (this.#audio.current.isAudible?.() ?? true),
      audio: (encoded) => this.#audio.actors(encoded),
      onNotification: (notification: ConversationNotification) => this.#notifications.add(notification),
      onToken: (token) => {
        this.#token.replace(token);
        this.#events.emit('paired', { token });
        this.#notifications.enter({ state: 'connecting' });
      },
    });
  }

  #hello(): Hello {
    const { name, model, software, framesPerPacket = 1, bufferMs = BUFFER_MS } = this.#options;
    const { locale, timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      device: { name, ...(model !== undefined && { model }), ...(software !== undefined && { software }) },
      locale: localeOf(locale, { timeZone }),
      audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket },
      playback: { bufferMs },
      features: ['say', 'listen'],
    };
  }

  #running(): Actor<typeof conversation> {
    if (!this.#actor) throw new EarshotError('usage', 'The client is closed', 'Call connect() first.');
    return this.#actor;
  }

  /** Begins the turn that waits, if the conversation is in a state for it. */
  #press(): void {
    const { waiting } = this.#turns;
    if (!waiting || this.#lacksAudio || this.#notifications.isTelling) return;
    if (!MAY_PRESS.includes(this.#notifications.conversation)) return;
    const { id, trigger = 'page' } = waiting;
    this.#actor?.send({ type: 'talk.pressed', id, trigger, startedAtMs: this.#clock.wallNow() });
    // It was ended before it had begun.
    if (this.#turns.current === waiting && waiting.isEnded) this.#end(waiting);
  }

  #end(turn: ClientTurn): void {
    // Nothing was recorded.
    if (this.#turns.waiting === turn && this.#lacksAudio) this.#notifications.withdraw(turn);
    else if (this.#turns.current === turn) this.#actor?.send({ type: 'talk.released', atMs: this.#clock.now() });
  }

  #abort(turn: ClientTurn): void {
    if (this.#turns.waiting === turn) this.#notifications.withdraw(turn);
    else if (this.#turns.current === turn) this.#actor?.send({ type: 'talk.cancelled' });
    this.#frames.clear();
  }

  #send(frame: Uint8Array): void {
    if (!this.#options.audio && this.#audio.current === this.#frames) return this.#frames.send(frame);
    throw new EarshotError('usage', 'This client has audio: it takes no frames', 'Leave out its audio.');
  }

  /** The audio is not open yet. */
  get #lacksAudio(): boolean {
    return this.#options.audio !== undefined && this.#audio.current === this.#frames;
  }

  #openLater(open: () => Promise<ClientAudio>): AudioOpening {
    return new AudioOpening({
      open,
      onOpened: (audio) => {
        this.useAudio(audio);
        if (this.#listening) this.listen(this.#listening);
        this.#press();
      },
      onFailed: (thrown) => {
        const { waiting } = this.#turns;
        if (waiting) this.#notifications.withdraw(waiting, errorInfo(thrown));
        else this.#report(thrown);
      },
    });
  }

  #watchLevels(): void {
    this.#stopLevels();
    this.#stopLevels = this.#audio.current.on?.('level', (level) => this.#events.emit('level', level)) ?? (() => {});
  }

  /** A listener has thrown. One for errors that throws is only logged. */
  #report(thrown: unknown): void {
    this.#log.error('a listener failed', errorFields(thrown));
    if (this.#isReporting) return;
    this.#isReporting = true;
    this.#events.emit('error', errorInfo(thrown));
    this.#isReporting = false;
  }
}

/** A UUIDv7, of a time in ms since 1970. */
function newId(atMs: number): string {
  return uuidv7({ msecs: Math.floor(atMs) });
}
