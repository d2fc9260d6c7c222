/**
 * One event of every type that a machine may be sent by hand: what the page's forms begin with, and the shape that it must
 * keep. The compiler knows when one is missing.
 */
import type { ConversationEvent } from '../../machines/conversation.ts';
import type { SessionEvent } from '../../machines/session.ts';
import type { ErrorInfo } from '../errors.ts';
import type {
  ActorCrashed,
  ArchiveCommand,
  CaptureCommand,
  CaptureEdge,
  EncoderCommand,
  EncoderEdge,
  LinkCommand,
  NetworkCommand,
  NetworkEdge,
  OfflineCommand,
  OfflineEdge,
  PeerCommand,
  PlaybackCommand,
  PlayerCommand,
  PlayerEdge,
  ResponderCommand,
  SupervisionEdge,
  TriggerCommand,
} from '../events.ts';

type AnyEvent =
  | ConversationEvent
  | SessionEvent
  | ActorCrashed
  | ArchiveCommand
  | CaptureCommand
  | CaptureEdge
  | EncoderCommand
  | EncoderEdge
  | LinkCommand
  | NetworkCommand
  | NetworkEdge
  | OfflineCommand
  | OfflineEdge
  | PeerCommand
  | PlaybackCommand
  | PlayerCommand
  | PlayerEdge
  | ResponderCommand
  | SupervisionEdge
  | TriggerCommand;

/** Fields that are not in a template may be left out of an event, or be there. */
type Templates = { [Type in AnyEvent['type']]: Omit<Extract<AnyEvent, { type: Type }>, 'type'> };

const error: ErrorInfo = { code: 'internal', message: 'sent from the inspector', hint: '' };
const turn = 0;
const id = '';
const atMs = 0;
const device = 'sent from the inspector';
const played = {
  frames: 0,
  playedMs: 0,
  outMs: 0,
  underruns: 0,
  concealedMs: 0,
  lateFrames: 0,
  droppedFrames: 0,
  delayMs: 0,
};
const started = { turn, id, trigger: 'page', startedAtMs: atMs } as const;
const begun = { turn, atMs, bufferedMs: 0, decodeMs: 0, outputLatencyMs: 0 };

export const TEMPLATES: Templates = {
  'talk.pressed': { id, trigger: 'page', startedAtMs: atMs },
  'talk.released': { atMs },
  'talk.cancelled': {},
  'trigger.ready': {},

  'capture.start': { turn },
  'capture.stop': { turn },
  'capture.abort': { turn },
  'capture.started': { turn, device, atMs },
  'capture.ended': {
    turn,
    reason: 'stopped',
    frames: 50,
    firstSampleAtMs: atMs,
    lastSampleAtMs: atMs,
    captureMs: 0,
    overflows: 0,
  },
  'capture.failed': { turn, error },
  'capture.lost': { turn, device },
  'capture.recovered': { turn, device, missingMs: 0 },
  'capture.clipping': { turn, runs: 1 },
  'capture.silence': { turn, silentMs: 1_000 },

  'encoder.abort': { turn },
  'encoder.finished': { turn, frames: 50, packets: 17, bytes: 3_000, encodeMs: 0, packetFillMs: 0, droppedFrames: 0 },
  'encoder.overflow': { turn, droppedFrames: 1 },
  'encoder.failed': { turn, error },

  'player.open': { turn, minChunks: 3 },
  'player.abort': { turn },
  'player.started': begun,
  'player.underrun': { turn },
  'player.resumed': { turn, silenceMs: 0 },
  'player.draining': { turn },
  'player.drained': { turn, ...played },
  'player.aborted': { turn, ...played },
  'player.overflow': { turn, droppedFrames: 1 },
  'player.failed': { turn, error },
  'player.lost': { turn, device },
  'player.recovered': { turn, device },

  'playback.open': { turn },
  'playback.abort': { turn },
  'playback.latency': { roundTripMs: 50 },
  'playback.started': begun,
  'playback.underrun': { turn },
  'playback.drained': { turn, ...played },
  'playback.aborted': { turn, ...played },
  'playback.failed': { turn, error },

  'offline.open': started,
  'offline.close': { turn },
  'offline.forget': { id },
  'offline.setAside': { id, error },
  'offline.deliver': {},
  'offline.reply': { turn },
  'offline.started': { turn },
  'offline.pending': { turns: 0 },
  'offline.replying': { turn, text: '' },
  'offline.delivering': { id },
  'offline.dropped': { id },
  'offline.damaged': { id, damagedBytes: 0, kept: true },
  'offline.failed': { error },
  'line.idle': {},
  'line.busy': {},
  'line.close': {},
  'line.report': { id, latencyMs: {} },
  'line.figures': { report: {} },

  'network.connect': {},
  'network.close': { reason: 'sent from the inspector' },
  'network.report': { report: {} },
  'network.opened': { session: '' },
  'network.closed': { error, retryable: true, spread: 0.5 },
  'network.roundTrip': { roundTripMs: 50, clockOffsetMs: 0, backlogMs: 0 },
  'network.available': {},
  'network.pairing': { code: '123456', expiresAtMs: atMs },
  'link.pairing': { code: '123456', expiresAtMs: atMs },
  'link.close': {},
  'link.retry': {},
  'link.up': { session: '' },
  'link.down': { error, retryInMs: 1_000 },
  'link.roundTrip': { roundTripMs: 50 },
  'link.quality': { quality: 'poor', roundTripMs: 400, backlogMs: 0 },
  'settings.changed': { settings: {} },
  'turn.start': started,
  'turn.abort': { turn, reason: 'cancelled' },
  'turn.report': { id, latencyMs: {} },
  'turn.playback': { turn, event: 'started', playedMs: 0 },
  'uplink.started': { turn, atMs },
  'uplink.finished': { turn, atMs, packets: 17, bytes: 3_000 },
  'turn.processing': { turn },
  'reply.started': { turn },
  'reply.finished': { turn, frames: 50 },
  'turn.done': { turn },
  'turn.stored': { id },
  'turn.delivered': { id },
  'delivery.failed': { id, error, retryable: true },
  'turn.refused': { turn, error },

  'actor.crashed': { error },
  'actor.restarting': { actor: 'capture', crashes: 1, delayMs: 100, error },
  'actor.restarted': { actor: 'capture' },

  'peer.welcome': { session: '', resumed: false },
  'peer.processing': { turn },
  'peer.reply': { turn },
  'peer.done': { turn, id },
  'peer.refuse': { turn, error, retryable: true },
  'peer.flush': { turn },
  'peer.close': { code: 1_001, reason: '' },
  'peer.attached': { device, bufferMs: 600, resumed: false },
  'peer.detached': { code: 1_006, reason: '' },
  'peer.turn': { ...started, offline: false },
  'peer.abort': { turn, reason: 'cancelled' },
  'peer.final': { turn, frames: 50 },
  'peer.overrun': { turn, error },
  'peer.stored': { turn },
  'peer.replied': { turn, frames: 50 },
  'peer.settings': { settings: {} },
  'session.settings': { settings: {} },
  'peer.figures': { id, latencyMs: {} },
  'peer.report': { figures: {} },
  'peer.playback': { turn, event: 'started', playedMs: 0 },
  'responder.begin': { turn, id },
  'responder.abort': { turn },
  'responder.processing': { turn },
  'responder.replying': { turn },
  'responder.finished': { turn },
  'responder.failed': { turn, error },
  'session.close': { code: 1_001, reason: 'sent from the inspector' },
};

/** Why an event is not of its type's shape; undefined when it is. */
export function misfit(event: { type: string }): string | undefined {
  const template = (TEMPLATES as Record<string, object>)[event.type];
  return template === undefined ? `${event.type} is no event of Earshot` : difference(template, event, event.type);
}

function difference(template: unknown, value: unknown, path: string): string | undefined {
  if (template === null || typeof template !== 'object') {
    return typeof value === typeof template ? undefined : `${path} must be a ${typeof template}`;
  }
  if (value === null || typeof value !== 'object') return `${path} must be an object`;
  for (const [key, expected] of Object.entries(template)) {
    const found = difference(expected, (value as Record<string, unknown>)[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}
