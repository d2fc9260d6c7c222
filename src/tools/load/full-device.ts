/**
 * A device of a load test as a real one is: the client library, which is the composition of the real device, with speech that was encoded before.
 */
import {
  type Client,
  type ConnectionState,
  createClient,
  EarshotError,
  type ErrorInfo,
  type Turn,
} from '../../client/index.ts';
import { ConnectionTally } from './connection-tally.ts';
import { CONNECT_PATIENCE_MS, type LoadDevice, type LoadDeviceOptions, notPaired } from './load-device.ts';
import type { LoadTurn } from './load-turn.ts';
import { type Saying, sayUtterance } from './say-utterance.ts';
import { TurnTally } from './turn-tally.ts';
import type { EncodedUtterance } from './utterances.ts';

export class FullDevice implements LoadDevice {
  readonly #options: LoadDeviceOptions;
  readonly #client: Client;
  readonly #turns: TurnTally;
  readonly #connections: ConnectionTally;
  #saying: Saying | undefined;

  constructor(options: LoadDeviceOptions) {
    const { gateway: url, name, token, sockets, framesPerPacket, clock } = options;
    const identity = { name, model: 'load', software: 'earshot load', ...(token !== undefined && { token }) };
    this.#options = options;
    this.#turns = new TurnTally(options);
    this.#connections = new ConnectionTally(options);
    this.#client = createClient({ url, ...identity, WebSocket: sockets.WebSocket, framesPerPacket, clock });
    this.#client.on('state', ({ state, error }) => this.#onState(state, error));
    this.#client.on('turn', (turn) => this.#onTurn(turn));
  }

  get isConnected(): boolean {
    return this.#client.state.state === 'connected';
  }

  get wasConnected(): boolean {
    return this.#connections.hasConnected;
  }

  get isTalking(): boolean {
    return this.#turns.running !== undefined;
  }

  get unconfirmed(): readonly LoadTurn[] {
    return this.#turns.unconfirmed;
  }

  connect(isPatient: boolean): Promise<void> {
    const { clock } = this.#options;
    this.#connections.begin();
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

  talk(utterance: EncodedUtterance): void {
    const turns = this.#turns;
    const turn = this.#client.talk('file');
    const running = turns.begin(turn.id);
    const { spoken } = running;
    turn.on('frame', ({ frame, atMs }) => turns.hear(running, frame, atMs));
    turn.on('error', ({ code }) => turns.fail(running, code));
    turn.on('stored', ({ cloud }) => turns.confirm(spoken, cloud));
    turn.on('undeliverable', ({ code }) => turns.giveUp(spoken, code));
    turn.on('done', ({ outcome, isOffline }) => turns.finish(running, outcome, isOffline));
    this.#saying = sayUtterance(utterance, this.#options, (frames, isLast) => {
      // The gateway may refuse it before it is over.
      if (turns.running !== running || turn.isEnded) return false;
      for (const frame of frames) turn.send(frame);
      turns.say(running, frames);
      if (isLast) {
        turns.end(running);
        turn.end();
      }
      return true;
    });
  }

  cut(): void {
    this.#options.sockets.cut();
  }

  async close(): Promise<void> {
    this.#saying?.stop();
    this.#turns.settleAll();
    await this.#client.close();
  }

  /** What is told of a turn that the client has forgotten meanwhile comes from a turn of its own. */
  #onTurn(turn: Turn): void {
    const forgotten = turn.trigger === undefined ? this.#turns.unconfirmedTurn(turn.id) : undefined;
    if (!forgotten) return;
    turn.on('stored', ({ cloud }) => this.#turns.confirm(forgotten, cloud));
    turn.on('undeliverable', ({ code }) => this.#turns.giveUp(forgotten, code));
  }

  #onState(state: ConnectionState, error: ErrorInfo | undefined): void {
    if (state === 'connected') this.#connections.onConnected();
    else if (error) this.#connections.onFailed(error.code);
  }
}

/** Trying again would not help: the gateway does not want it, or has as many devices as it may (HTTP 503). */
function isRefusal(state: ConnectionState, { message }: ErrorInfo): boolean {
  return state === 'refused' || /\b503\b/.test(message);
}
