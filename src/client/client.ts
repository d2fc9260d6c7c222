/**
 * The client library: what a program sees of it. A client is a device of the protocol (docs/protocol.md) for programs without Node: a page
 * in a browser, a worker, or a script. docs/library.md has examples.
 */
import type { AnyActorRef } from 'xstate';
import type { TurnOutcome } from '../../machines/turn-record.ts';
import type { UplinkPacket } from '../core/actor/data-plane.ts';
import type { ListenSettings, MicrophoneState } from '../core/contracts/index.ts';
import type { ErrorInfo } from '../core/errors.ts';
import type { Disk } from '../core/files/disk.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import type { AudioActors } from '../device/device.ts';
import type { StageLatencies } from '../observability/turn-report.ts';
import type { Settings } from '../protocol/control.ts';
import type { WebSocketClass } from './dial.ts';

export interface ClientOptions {
  /** The gateway: `wss://host`, `ws://host:4433`, a page's `location.origin`, or a whole stream address. */
  url: string;
  /** Of the device, 1 to 128 characters, as in `hello`. With a token the gateway knows its name. */
  name: string;
  /**
   * From `paired`, or where it is stored: `localStorageToken` in a page, `fileToken` in Node. Without one the gateway admits the device, or
   * asks for a pairing.
   */
  token?: string | TokenStorage;
  /** What kind of device it is, and what runs on it, for the operator. */
  model?: string;
  software?: string;
  /** Default: `globalThis.WebSocket`. Node 20 has none: pass the class of the package `ws`. */
  WebSocket?: WebSocketClass;
  /** Where turns are stored until the cloud has them. Default: in memory. In a browser: `openTurnDatabase`. */
  turns?: TurnStorage;
  /**
   * A function opens it at the first `talk`, in the person's gesture, and the client closes it. `later`: `useAudio` brings it. Until then turns
   * wait, and so does what the gateway wants to say (`offered`). Default: none; the program brings and takes Opus frames of 20 ms itself
   * (`Turn.send`, the event `frame`).
   */
  audio?: ClientAudio | (() => Promise<ClientAudio>) | 'later';
  /** 1 (20 ms, the default: least latency) to 6 frames in a packet, in both directions. */
  framesPerPacket?: number;
  /** How much of a reply may come ahead of real time, in ms. Default 600. */
  bufferMs?: number;
  /** Gets the conversation machine before it starts, for its chart: `conversation.system.inspect` tells each event. */
  inspect?: (conversation: AnyActorRef) => void;
  /** Default: nothing is logged. */
  log?: Log;
  /** Time and timers. Default: those of the platform. */
  clock?: Clock;
}

/** A page has no wake word, after which a reply that asks something could be answered by speech. */
export type ClientListening = Omit<ListenSettings, 'answerMs'>;

export interface Client {
  /** Connects, and stays connected: after a loss it connects again by itself. */
  connect(): void;
  /** Says good-bye and disconnects. Turns that the cloud does not have stay in their storage. */
  close(): Promise<void>;
  /**
   * Begins a turn, or interrupts a reply with it (barge-in). While the person speaks it returns the current turn.
   *
   * @param trigger what began it, as in docs/protocol.md; default `page`
   * @throws EarshotError `usage` before `connect`, or for a malformed trigger
   */
  talk(trigger?: string): Turn;
  /** The turn that runs, or undefined. */
  readonly turn: Turn | undefined;
  /** The conversation machine: its state and context now. */
  readonly conversation: { readonly state: string; readonly context: object };
  readonly state: ClientState;
  /** Calls back for each event until the returned function is called. A listener that throws is reported as `error`, and disturbs nothing else. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  /** 0 to 1, of replies. Nothing without audio. */
  setVolume(volume: number): void;
  /** Voice mode and the patience with pauses; by default a press begins and ends a turn. */
  listen(settings: ClientListening): void;
  /** Closes the microphone so that nothing can open it, or allows it again. */
  mute(muted: boolean): void;
  /** Audio that is opened later, in the person's gesture. A turn that runs is cancelled. */
  useAudio(audio: ClientAudio): void;
  /** Connects now instead of waiting for the next attempt. */
  retry(): void;
  /** Forgets the token, for instance after `token_refused`, and connects without one. */
  pairAgain(): void;
}

/**
 * - `closed`: before `connect`, and after `close`
 * - `pairing`: the operator has to approve the code of the event `pairing`
 * - `reconnecting`: the next attempt is at `retryAtMs`
 * - `refused`: trying again soon would not help; `error` says why
 */
export type ConnectionState = 'closed' | 'connecting' | 'connected' | 'pairing' | 'reconnecting' | 'refused';

export interface ClientState {
  state: ConnectionState;
  /** When it connects again; ms since 1970. */
  retryAtMs?: number;
  error?: ErrorInfo;
}

/** The events of a client. */
export interface ClientEvents {
  /** The connection. */
  state: ClientState;
  /** The operator has to approve this code: `earshot pair approve CODE`, or the console. */
  pairing: { code: string; expiresAtMs: number };
  /** Store the token, and pass it the next time. This client uses it already. */
  paired: { token: string };
  /** The conversation machine has entered a state. */
  conversation: { state: string };
  /** A turn begins: of `talk`, of speech, of an announcement; or a stored one has reached the cloud. */
  turn: Turn;
  /** What the gateway wants to say and no turn has begun for, after each change. It waits for audio, or for the end of a turn. */
  offered: { announcements: readonly ClientAnnouncement[] };
  /** The gateway says something: its turn begins. */
  announcement: ClientAnnouncement;
  /** The operator's settings of this device. */
  settings: Settings;
  /** How many turns are stored here because the cloud does not have them yet. */
  unsent: { turns: number };
  /** Measured with each exchange. */
  latency: { roundTripMs: number };
  /** Of the audio, in dB of full scale, about 20 a second while it is open. */
  level: AudioLevel;
  /** What the microphone is used for: voice mode. */
  microphone: { state: MicrophoneState };
  /** Something that is not about one turn has failed. */
  error: ErrorInfo;
}

export interface ClientAnnouncement {
  id: string;
  /** For people. */
  text: string;
  priority: 'normal' | 'urgent';
}

export interface AudioLevel {
  microphoneDb: number;
  speakerDb: number;
}

/** One utterance and its reply. */
export interface Turn {
  /** A UUIDv7. */
  readonly id: string;
  /** Undefined: the turn was stored by an earlier run of this program. */
  readonly trigger?: string;
  /** Of an announcement: its id. */
  readonly announcement?: string;
  /** The person has finished, or has nothing to say: an announcement. */
  readonly isEnded: boolean;
  /** What became of it, when it is `done`. It is never rejected: `error` says what failed. */
  readonly result: Promise<TurnResult>;
  /** The person has finished. */
  end(): void;
  /** Gives it up, whatever it does. */
  abort(): void;
  /**
   * Without audio: one Opus frame of 20 ms, 16 kHz mono. It is sent at once, or as soon as there is a connection.
   *
   * @throws EarshotError `usage` with audio, or after `end`
   */
  send(frame: Uint8Array): void;
  /** Calls back for each event until the returned function is called. */
  on<Name extends keyof TurnEvents>(name: Name, listener: (event: TurnEvents[Name]) => void): () => void;
}

/** A turn that is over. */
export interface TurnResult {
  outcome: TurnOutcome;
  /** What was understood; empty: nothing, or it is not known. */
  transcript: string;
  /** The words of the reply. */
  reply: string;
  /** By stage, of the reply. */
  latencyMs: StageLatencies;
  /** It is stored here, and delivered later. */
  isOffline: boolean;
  /** With the outcome `failed`. */
  error?: ErrorInfo;
}

/** The events of a turn, in about this order; some may be missing. */
export interface TurnEvents {
  /** What was understood so far; `isFinal`: of the whole utterance. */
  transcript: { text: string; isFinal: boolean };
  /** The gateway has the whole utterance. */
  processing: undefined;
  /** The words of the reply so far. */
  reply: { text: string };
  /** The reply can be heard, or its first frame came. */
  playing: undefined;
  /** Without audio: the next Opus frame of the reply. `atMs`: its place in the reply; frames of silence may be left out. */
  frame: { frame: Uint8Array; atMs: number };
  /** The turn is stored at the gateway; `cloud`: in the cloud. It may come after `done`. */
  stored: { cloud: boolean };
  /**
   * It does not come to the cloud from here any more. `store_full`: too many turns were stored, and this was the oldest; `turn_refused`: the cloud
   * does not take it; `store_failed`: it cannot be read.
   */
  undeliverable: ErrorInfo;
  /** Last, but for `stored` and `undeliverable`. `latencyMs`: by stage, of the reply. `isOffline`: it is stored here, and delivered later. */
  done: { outcome: TurnOutcome; latencyMs: StageLatencies; isOffline: boolean };
  /** Before `done` with the outcome `failed`. */
  error: ErrorInfo;
}

/** Microphone and speaker. */
export interface ClientAudio {
  /** Called once; `encoded` takes the encoder's packets. Each logic is made by `contractLogic` or `actorLogic`. */
  actors(encoded: (packet: UplinkPacket) => void): AudioActors;
  /** 0 to 1. */
  setVolume?(volume: number): void;
  /** False: nothing that is played now would be heard, for instance while the browser has stopped the sound. Default: always true. */
  isAudible?(): boolean;
  /** Levels, until the returned function is called. */
  on?(name: 'level', listener: (level: AudioLevel) => void): () => void;
  close?(): Promise<void>;
}

/** Where turns are stored until the cloud has them. */
export interface TurnStorage {
  readonly disk: Disk;
  /** The folder on it. */
  readonly folder: string;
}

/** Where the token of the device is stored. */
export interface TokenStorage {
  /** Undefined: the device is not paired. Read once, by `createClient`. */
  read(): string | undefined;
  /** What it throws becomes the client's event `error`. Undefined: the device is to be paired again. */
  write(token: string | undefined): void;
}
