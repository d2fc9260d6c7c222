/**
 * One device of a load test: the client library, which is the composition of the real device, with speech that was encoded before. What it says and hears
 * is known by frame.
 */
import type { TurnOutcome } from '../../../machines/turn-record.ts';
import {
  type Client,
  type ConnectionState,
  createClient,
  EarshotError,
  type ErrorInfo,
  type Turn,
} from '../../client/index.ts';
import type { Clock } from '../../core/time/clock.ts';
import { FRAME_MS } from '../../protocol/format.ts';
import { hashOfFrames, type LoadTurn, RepeatedReply } from './load-turn.ts';
import { addDelay, count, type LoadMeasures } from './measures.ts';
import type { DeviceSockets } from './sockets.ts';
import type { EncodedUtterance } from './utterances.ts';

/** Longer than a gateway takes that starts, or has a storm behind it. */
const CONNECT_PATIENCE_MS = 60_000;

/** `repeated`: the responder says what it hears (`echo`, `parrot`), so each frame of the reply is known. */
export type ReplyKind = 'repeated' | 'other';

export interface LoadDeviceOptions {
  gateway: string;
  name: string;
  token?: string | undefined;
  sockets: DeviceSockets;
  framesPerPacket: number;
  replies: ReplyKind;
  clock: Clock;
  /** Where to count; asked each time. */
  measures: () => LoadMeasures;
  /** A turn is over, and the device is free for the next one. */
  onFree(): void;
  /** A turn is over and confirmed, or the device was closed before. Its `stored` may still become `cloud`. */
  onTurn(turn: LoadTurn): void;
}

/** The turn that runs. */
interface Running {
  readonly turn: Turn;
  readonly spoken: LoadTurn;
  readonly said: Uint8Array[];
  readonly reply: RepeatedReply | undefined;
  /** When the last frame of a packet was sent, by its number. */
  readonly sentAtMs: Map<number, number>;
}

/** A turn of which the gateway has not said that it is stored. */
interface Unconfirmed {
  readonly spoken: LoadTurn;
  /** When its last frame was sent; undefined until then. */
  endedAtMs: number | undefined;
}

export class LoadDevice {
  readonly name: string;
  readonly #options: LoadDeviceOptions;
  readonly #client: Client;
  readonly #unconfirmed = new Map<string, Unconfirmed>();
  #running: Running | undefined;
  #connectedOnce = false;
  /** When it began to connect, or lost its connection. */
  #disconnectedAtMs: number | undefined;
  #timer: unknown;

  constructor(options: LoadDeviceOptions) {
    const { gateway: url, name, token, sockets, framesPerPacket, clock } = options;
    const identity = { name, model: 'load', software: 'earshot load', ...(token !== undefined && { token }) };
    this.name = name;
    this.#options = options;
    this.#client = createClient({ url, ...identity, WebSocket: sockets.WebSocket, framesPerPacket, clock });
    this.#client.on('state', ({ state, error }) => this.#onState(state, error));
    this.#client.on('turn', (turn) => this.#confirmed(turn));
  }

  get isConnected(): boolean {
    return this.#client.state.state === 'connected';
  }

  /** It is in a turn. */
  get isTalking(): boolean {
    return this.#running !== undefined;
  }

  /** Turns that are over, and of which the gateway has not confirmed that they are stored. */
  get unconfirmed(): readonly LoadTurn[] {
    return [...this.#unconfirmed.values()].map(({ spoken }) => spoken).filter(({ stored }) => stored === 'nobody');
  }

  /**
   * Resolves with the first welcome. After a failure it tries again, as a device does.
   *
   * @param isPatient false: the first failure counts
   * @throws EarshotError (by rejection) why there is none: it is refused, or had no welcome for {@link CONNECT_PATIENCE_MS}
   */
  connect(isPatient: boolean): Promise<void> {
    const { clock } = this.#options;
    this.#disconnectedAtMs = clock.now();
    const giveUpAtMs = clock.now() + CONNECT_PATIENCE_MS;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        for (const stop of stops) stop();
        end();
      };
      const stops = [
        this.#client.on('state', ({ state, error }) => {
          if (state === 'connected') settle(resolve);
          if (!error || (isPatient && !isRefusal(state, error) && clock.now() < giveUpAtMs)) return;
          settle(() => reject(new EarshotError(error.code, error.message, error.hint)));
        }),
        this.#client.on('pairing', () => settle(() => reject(notPaired()))),
      ];
      this.#client.connect();
    });
  }

  /** Says this, packet by packet in real time. */
  talk(utterance: EncodedUtterance): void {
    const { measures, framesPerPacket, clock } = this.#options;
    const packetMs = framesPerPacket * FRAME_MS;
    measures().turns.started += 1;
    const running = this.#begin(this.#client.talk('file'));
    const { turn, said } = running;
    const startMs = clock.now();

    const sendNext = () => {
      this.#timer = undefined;
      if (this.#running !== running) return;
      const dueMs = startMs + (said.length / framesPerPacket) * packetMs;
      addDelay(measures().lateMs, clock.now() - dueMs);
      const packet = utterance.slice(said.length, said.length + framesPerPacket);
      for (const frame of packet) this.#say(running, frame);
      if (said.length < utterance.length) {
        this.#timer = clock.setTimeout(sendNext, dueMs + packetMs - clock.now());
        return;
      }
      const unconfirmed = this.#unconfirmed.get(turn.id);
      if (unconfirmed) unconfirmed.endedAtMs = clock.now();
      turn.end();
    };
    sendNext();
  }

  /** Loses its connection, as by a lost network. */
  cut(): void {
    this.#options.sockets.cut();
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    await this.#client.close();
    for (const { spoken } of this.#unconfirmed.values()) this.#options.onTurn(spoken);
    this.#unconfirmed.clear();
  }

  #begin(turn: Turn): Running {
    const said: Uint8Array[] = [];
    const spoken: LoadTurn = {
      ...{
        id: turn.id,
        device: this.name,
        frames: 0,
        hash: '',
        outcome: undefined,
        isOffline: false,
        stored: 'nobody',
      },
      reply: { received: 0, lost: 0, duplicated: 0, wrong: 0 },
    };
    const reply = this.#options.replies === 'repeated' ? new RepeatedReply(said) : undefined;
    const running: Running = { turn, spoken, said, reply, sentAtMs: new Map() };
    this.#running = running;
    this.#unconfirmed.set(turn.id, { spoken, endedAtMs: undefined });
    turn.on('frame', ({ frame, atMs }) => this.#hear(running, frame, atMs));
    turn.on('error', ({ code }) => count(this.#options.measures().errors, code));
    turn.on('stored', ({ cloud }) => this.#confirm(spoken, cloud));
    turn.on('done', ({ outcome, isOffline }) => this.#finish(running, outcome, isOffline));
    return running;
  }

  #say({ turn, said, sentAtMs }: Running, frame: Uint8Array): void {
    const { framesPerPacket, clock, measures } = this.#options;
    said.push(frame);
    turn.send(frame);
    measures().frames.said += 1;
    if (said.length % framesPerPacket === 0) sentAtMs.set(said.length - 1, clock.now());
  }

  #hear({ turn, spoken, reply, sentAtMs }: Running, frame: Uint8Array, atMs: number): void {
    const { clock, measures } = this.#options;
    const { delayMs, frames } = measures();
    const endedAtMs = this.#unconfirmed.get(turn.id)?.endedAtMs;
    if (spoken.reply.received === 0 && endedAtMs !== undefined) addDelay(delayMs.reply, clock.now() - endedAtMs);
    spoken.reply.received += 1;
    frames.received += 1;
    const index = reply?.add(frame, atMs);
    const sent = index === undefined ? undefined : sentAtMs.get(index);
    // Before the end of the utterance: the responder repeats each packet at once.
    if (sent !== undefined && endedAtMs === undefined) addDelay(delayMs.added, clock.now() - sent);
  }

  #finish({ spoken, said, reply }: Running, outcome: TurnOutcome, isOffline: boolean): void {
    const { measures, onFree } = this.#options;
    const { turns, frames } = measures();
    Object.assign(spoken, { frames: said.length, hash: hashOfFrames(said), outcome, isOffline });
    if (reply) Object.assign(spoken.reply, reply.count(outcome === 'done' && !isOffline));
    frames.lost += spoken.reply.lost;
    frames.duplicated += spoken.reply.duplicated;
    frames.wrong += spoken.reply.wrong;
    count(turns.over as Record<string, number>, isOffline ? 'offline' : outcome);
    this.#running = undefined;
    if (spoken.stored !== 'nobody') this.#conclude(spoken);
    onFree();
  }

  /** A confirmation of a turn that the client has forgotten meanwhile comes as a turn of its own. */
  #confirmed(turn: Turn): void {
    const forgotten = turn.trigger === undefined ? this.#unconfirmed.get(turn.id) : undefined;
    if (forgotten) turn.on('stored', ({ cloud }) => this.#confirm(forgotten.spoken, cloud));
  }

  /** First the gateway has it; the cloud may follow. */
  #confirm(spoken: LoadTurn, inCloud: boolean): void {
    const { clock, measures } = this.#options;
    const { turns, delayMs } = measures();
    if (inCloud && spoken.stored !== 'cloud') turns.inCloud += 1;
    const isFirst = spoken.stored === 'nobody';
    spoken.stored = inCloud ? 'cloud' : 'gateway';
    if (!isFirst) return;
    turns.stored += 1;
    const endedAtMs = this.#unconfirmed.get(spoken.id)?.endedAtMs;
    if (endedAtMs !== undefined) addDelay(delayMs.stored, clock.now() - endedAtMs);
    if (spoken.outcome !== undefined) this.#conclude(spoken);
  }

  #conclude(spoken: LoadTurn): void {
    this.#unconfirmed.delete(spoken.id);
    this.#options.onTurn(spoken);
  }

  #onState(state: ConnectionState, error: ErrorInfo | undefined): void {
    const { clock, measures } = this.#options;
    const { delayMs, connections } = measures();
    if (state === 'connected') {
      const sinceMs = clock.now() - (this.#disconnectedAtMs ?? clock.now());
      addDelay(this.#connectedOnce ? delayMs.reconnect : delayMs.connect, sinceMs);
      this.#connectedOnce = true;
      this.#disconnectedAtMs = undefined;
    } else if (error) {
      // Each failed attempt tells its error; the first is the loss.
      if (this.#disconnectedAtMs === undefined) count(connections.lost, error.code);
      this.#disconnectedAtMs ??= clock.now();
    }
  }
}

/** Trying again would not help: the gateway does not want it, or has as many devices as it may (HTTP 503). */
function isRefusal(state: ConnectionState, { message }: ErrorInfo): boolean {
  return state === 'refused' || /\b503\b/.test(message);
}

function notPaired(): EarshotError {
  const hint = 'Start it with --open, or let the test pair its devices: --pair.';
  return new EarshotError('gateway_refused', 'The gateway does not know the devices of this test', hint);
}
