/**
 * Every event that actors and machines exchange on the control plane: edges and statistics, never audio.
 *
 * A `turn` is the number of a turn in its daemon's life, from 1; whoever gets an event of another turn than its own
 * ignores it. Durations end in `Ms`, times in `AtMs`: ms on the monotonic clock of the process (src/clock.ts), good for nothing
 * but comparing. Only `startedAtMs` and `expiresAtMs` date something: ms since 1970, by the wall clock.
 */
import type { ErrorInfo } from './errors.ts';
import type { Latencies, PlaybackReport, ReplyTiming, Report, Settings } from './protocol/control.ts';

// ── the person ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type Trigger = 'key' | 'signal' | 'file' | 'page';
/** `id` is a UUIDv7: the name of the turn that this starts, wherever it is kept. */
export type TalkPressed = { type: 'talk.pressed'; id: string; trigger: Trigger; startedAtMs: number };
export type TalkReleased = { type: 'talk.released'; atMs: number };
export type TalkCancelled = { type: 'talk.cancelled' };
/** The line is idle and connected: a press will be taken. */
export type TriggerCommand = { type: 'trigger.ready' };
export type TriggerEvent = TalkPressed | TalkReleased | TalkCancelled;

// ── microphone ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type CaptureCommand =
  | { type: 'capture.start'; turn: number }
  /** Deliver what was recorded so far, then end. */
  | { type: 'capture.stop'; turn: number }
  | { type: 'capture.abort'; turn: number };
export type CaptureEdge =
  | { type: 'capture.started'; turn: number; device: string; atMs: number }
  | ({ type: 'capture.ended'; turn: number; reason: 'stopped' | 'end-of-file' } & CaptureSummary)
  | { type: 'capture.failed'; turn: number; error: ErrorInfo }
  | { type: 'capture.lost'; turn: number; device: string }
  | { type: 'capture.recovered'; turn: number; device: string; missingMs: number }
  | CaptureWarning;
/** The microphone works, but what comes from it is of little use. Each is told once a turn. */
export type CaptureWarning =
  /** Too loud for its samples, so far so often. */
  | { type: 'capture.clipping'; turn: number; runs: number }
  /** Nothing at all since the turn began: not even the noise of a microphone. */
  | { type: 'capture.silence'; turn: number; silentMs: number };
export interface CaptureSummary {
  frames: number;
  /** When the first and the last sample were spoken. */
  firstSampleAtMs: number;
  lastSampleAtMs: number;
  /** Mean time from a block's last sample until its frames were handed on. */
  captureMs: number;
  overflows: number;
}

// ── encoder ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type EncoderCommand = { type: 'encoder.abort'; turn: number };
export type EncoderEdge =
  | ({ type: 'encoder.finished'; turn: number } & EncoderSummary)
  /** MAX_RECORDING_BUFFER was reached: what was spoken last is lost. Told once a turn. */
  | { type: 'encoder.overflow'; turn: number; droppedFrames: number }
  | { type: 'encoder.failed'; turn: number; error: ErrorInfo };
export interface EncoderSummary {
  frames: number;
  packets: number;
  bytes: number;
  /** Mean time to encode one frame. */
  encodeMs: number;
  /** Mean time that a frame waited for its packet to fill. */
  packetFillMs: number;
  /** Frames that were lost because the mailbox was full. */
  droppedFrames: number;
}

// ── speaker ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type PlayerCommand =
  | { type: 'player.open'; turn: number; minChunks: number }
  | { type: 'player.abort'; turn: number };
export type PlayerEdge =
  /** The first sample of the reply was given to the card. */
  | ({ type: 'player.started'; turn: number; atMs: number } & PlaybackStart)
  | { type: 'player.underrun'; turn: number }
  | { type: 'player.resumed'; turn: number; silenceMs: number }
  /** The last packet of the reply is in the buffer; nothing more will come. */
  | { type: 'player.draining'; turn: number }
  /** The card has played the last sample. */
  | ({ type: 'player.drained'; turn: number } & PlaybackSummary)
  | ({ type: 'player.aborted'; turn: number } & PlaybackSummary)
  /** MAX_PLAYBACK_BUFFER was reached: the gateway sends faster than it was told to. Told once a turn. */
  | PlayerOverflow
  | { type: 'player.failed'; turn: number; error: ErrorInfo }
  | { type: 'player.lost'; turn: number; device: string }
  | { type: 'player.recovered'; turn: number; device: string };
export type PlayerOverflow = { type: 'player.overflow'; turn: number; droppedFrames: number };
export interface PlaybackStart {
  /** From the first packet's arrival until its first sample went to the card. */
  bufferedMs: number;
  /** Mean time to decode one frame. */
  decodeMs: number;
  /** From the card taking a sample until it is heard, as the card says. */
  outputLatencyMs: number;
}
export interface PlaybackSummary {
  frames: number;
  /** How much of the reply was played. */
  playedMs: number;
  /** How long that sounded: less where it was shortened to catch up, more where it was stretched or made up. */
  outMs: number;
  underruns: number;
  concealedMs: number;
  lateFrames: number;
  droppedFrames: number;
  /** From a packet's arrival until it was played, of the fastest packet, as it was when the last one came. */
  delayMs: number;
}

export type PlaybackCommand =
  | { type: 'playback.open'; turn: number }
  | { type: 'playback.abort'; turn: number }
  | { type: 'playback.latency'; roundTripMs: number };
export type PlaybackEdge =
  | ({ type: 'playback.started'; turn: number; atMs: number } & PlaybackStart)
  | { type: 'playback.underrun'; turn: number }
  | ({ type: 'playback.drained'; turn: number } & PlaybackSummary)
  | ({ type: 'playback.aborted'; turn: number } & PlaybackSummary)
  | PlayerOverflow
  | { type: 'playback.failed'; turn: number; error: ErrorInfo };

// ── kept turns ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** To the actor that owns the store. */
export type OfflineCommand =
  /** Packets of this turn follow: keep them. */
  | { type: 'offline.open'; turn: number; id: string; trigger: Trigger; startedAtMs: number }
  /** No more packets of this turn follow. */
  | { type: 'offline.close'; turn: number }
  /** The cloud has it, or the person took it back. */
  | { type: 'offline.forget'; id: string }
  /** The cloud will never take it: keep it where it is in nobody's way. */
  | { type: 'offline.setAside'; id: string; error: ErrorInfo }
  /** Hand the oldest kept turn to the network. */
  | { type: 'offline.deliver' }
  /** Play a cached reply in place of the cloud's. */
  | { type: 'offline.reply'; turn: number };
export type OfflineEdge =
  /** The first packet of the turn is kept. */
  | { type: 'offline.started'; turn: number }
  /** How many turns are kept, the current one not counted. */
  | { type: 'offline.pending'; turns: number }
  | { type: 'offline.replying'; turn: number; text: string }
  /** Packets of this turn are with the network. */
  | { type: 'offline.delivering'; id: string }
  | OfflineTrouble;
/** What happens at the limits of the store. */
export type OfflineTrouble =
  /** MAX_OFFLINE_BUFFER was reached: the oldest turn is lost. */
  | { type: 'offline.dropped'; id: string }
  /** A stored turn is not whole. `kept`: what is whole of it will be delivered. */
  | { type: 'offline.damaged'; id: string; damagedBytes: number; kept: boolean }
  /** The store can't be used; turns go on without it. */
  | { type: 'offline.failed'; error: ErrorInfo };

/** To the machine that decides what is kept and when it is delivered. */
export type ArchiveCommand =
  | Exclude<OfflineCommand, { type: 'offline.deliver' | 'offline.setAside' }>
  /** Nobody talks: kept turns may be delivered. */
  | { type: 'line.idle' }
  | { type: 'line.busy' }
  | { type: 'link.up'; session: string }
  | { type: 'link.down'; error: ErrorInfo; retryInMs: number }
  | { type: 'turn.stored'; id: string }
  | { type: 'delivery.failed'; id: string; error: ErrorInfo; retryable: boolean };
export type ArchiveEdge =
  | Exclude<OfflineEdge, { type: 'offline.pending' | 'offline.delivering' }>
  | { type: 'turn.delivered'; id: string };

// ── network ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the conversation asks of the cloud. */
export type TurnCommand =
  | { type: 'turn.start'; turn: number; id: string; trigger: Trigger; startedAtMs: number }
  | { type: 'turn.abort'; turn: number; reason: AbortReason }
  | ({ type: 'turn.playback' } & PlaybackReport)
  /** After the turn: what it took. */
  | { type: 'turn.report'; id: string; latencyMs: Latencies };
/** `offline`: given up for now only; it is kept, and delivered when there is a link again. */
export type AbortReason = 'barge-in' | 'cancelled' | 'error' | 'offline';
/** What the cloud says of a turn. */
export type TurnEdge =
  /** The first packet of the turn went out. */
  | { type: 'uplink.started'; turn: number; atMs: number }
  | { type: 'uplink.finished'; turn: number; atMs: number; packets: number; bytes: number }
  | { type: 'turn.processing'; turn: number; transcript?: string }
  | { type: 'reply.started'; turn: number; text?: string }
  | { type: 'reply.finished'; turn: number; frames: number }
  | { type: 'turn.done'; turn: number; timing?: TurnTiming }
  /** The cloud has all of it, durably: the device may forget it. */
  | { type: 'turn.stored'; id: string; cloud?: boolean }
  /** A kept turn could not be delivered. */
  | { type: 'delivery.failed'; id: string; error: ErrorInfo; retryable: boolean }
  | { type: 'turn.refused'; turn: number; error: ErrorInfo };
/** The gateway's times of a turn on the device's monotonic clock. */
export interface TurnTiming extends ReplyTiming {
  /** When the first packet of the reply arrived here. */
  firstReplyArrivedAtMs?: number;
}

export type NetworkCommand =
  | { type: 'network.connect' }
  | { type: 'network.close'; reason: string }
  | { type: 'network.report'; report: Report }
  | TurnCommand;
export type NetworkEdge =
  | { type: 'network.opened'; session: string }
  /** `spread` is random in 0…1: the link spreads its backoff by it, and stays deterministic itself. */
  | { type: 'network.closed'; error: ErrorInfo; retryable: boolean; spread: number }
  | { type: 'network.roundTrip'; roundTripMs: number; clockOffsetMs: number; backlogMs: number }
  /** The operating system says that there is a network again. */
  | { type: 'network.available' }
  /** The gateway does not know this device: the operator must approve the code. */
  | { type: 'network.pairing'; code: string; expiresAtMs: number }
  | { type: 'settings.changed'; settings: Settings }
  | TurnEdge;

export type LinkCommand =
  | { type: 'link.close' }
  | { type: 'link.retry' }
  | Extract<NetworkCommand, { type: 'network.report' }>
  | TurnCommand;
export type LinkEdge =
  | { type: 'link.up'; session: string }
  | { type: 'link.down'; error: ErrorInfo; retryInMs: number }
  | { type: 'link.roundTrip'; roundTripMs: number }
  | { type: 'link.pairing'; code: string; expiresAtMs: number }
  | { type: 'link.quality'; quality: 'good' | 'poor'; roundTripMs: number; backlogMs: number }
  | { type: 'settings.changed'; settings: Settings }
  | TurnEdge;

// ── supervision ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** An actor's host to its supervisor. */
export type ActorCrashed = { type: 'actor.crashed'; error: ErrorInfo };
/** A supervisor to the machine above it. */
export type ActorRestarting = {
  type: 'actor.restarting';
  actor: string;
  crashes: number;
  delayMs: number;
  error: ErrorInfo;
};
export type ActorRestarted = { type: 'actor.restarted'; actor: string };
export type SupervisionEdge = ActorRestarting | ActorRestarted;

// ── the gateway's side of one connection ─────────────────────────────────────────────────────────────────────────────

/** What a device says that it is; for people. */
export interface DeviceMake {
  model?: string;
  software?: string;
}

export type PeerCommand =
  | { type: 'peer.settings'; settings: Settings }
  | { type: 'peer.welcome'; session: string; resumed: boolean }
  | { type: 'peer.processing'; turn: number; transcript?: string }
  | { type: 'peer.reply'; turn: number; text?: string }
  | { type: 'peer.done'; turn: number; id: string }
  | { type: 'peer.refuse'; turn: number; error: ErrorInfo; retryable: boolean }
  | { type: 'peer.flush'; turn: number }
  | { type: 'peer.close'; code: number; reason: string };
export type PeerEdge =
  /** The device is connected, for the first time or again. `resumed`: it goes on with the current turn. */
  | ({ type: 'peer.attached'; device: string; bufferMs: number; resumed: boolean } & DeviceMake)
  | { type: 'peer.detached'; code: number; reason: string }
  | { type: 'peer.turn'; turn: number; id: string; trigger: Trigger; startedAtMs: number; offline: boolean }
  | { type: 'peer.abort'; turn: number; reason: string }
  /** The FINAL packet of the turn came: all that was said is here. */
  | { type: 'peer.final'; turn: number; frames: number }
  /** The turn is more than a limit allows: sent again, it would be, too. */
  | { type: 'peer.overrun'; turn: number; error: ErrorInfo }
  /** The utterance is kept durably. */
  | { type: 'peer.stored'; turn: number }
  /** The last packet of the reply was sent. */
  | { type: 'peer.replied'; turn: number; frames: number }
  | ({ type: 'peer.playback' } & PlaybackReport)
  /** What a turn took, as the device knows it. */
  | { type: 'peer.figures'; id: string; latencyMs: Latencies }
  /** Figures of the device itself. */
  | { type: 'peer.report'; figures: Report };

export type ResponderCommand =
  | { type: 'responder.begin'; turn: number; id: string }
  | { type: 'responder.abort'; turn: number };
export type ResponderEdge =
  | { type: 'responder.processing'; turn: number; transcript?: string }
  | { type: 'responder.replying'; turn: number; text?: string }
  | { type: 'responder.finished'; turn: number }
  | { type: 'responder.failed'; turn: number; error: ErrorInfo };
