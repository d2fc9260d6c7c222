/**
 * The ports: for each actor (and each machine that another machine starts) the events it receives and the
 * events it sends. Machines know actors by these alone; actors are checked against them by the compiler.
 */
import type { Port, PortDescription } from '../src/actor.ts';
import type {
  ArchiveCommand,
  ArchiveEdge,
  CaptureCommand,
  CaptureEdge,
  EncoderCommand,
  EncoderEdge,
  LinkCommand,
  LinkEdge,
  NetworkCommand,
  NetworkEdge,
  OfflineCommand,
  OfflineEdge,
  PeerCommand,
  PeerEdge,
  PlaybackCommand,
  PlaybackEdge,
  PlayerCommand,
  PlayerEdge,
  ResponderCommand,
  ResponderEdge,
  SupervisionEdge,
  TriggerCommand,
  TriggerEvent,
} from '../src/events.ts';

interface PortOf<Receives extends { type: string }, Sends extends { type: string }> extends Port {
  receives: Receives;
  sends: Sends;
}

export type TriggerPort = PortOf<TriggerCommand, TriggerEvent>;
export type CapturePort = PortOf<CaptureCommand, CaptureEdge>;
export type EncoderPort = PortOf<EncoderCommand, EncoderEdge>;
export type PlayerPort = PortOf<PlayerCommand, PlayerEdge>;
export type NetworkPort = PortOf<NetworkCommand, NetworkEdge>;
export type OfflinePort = PortOf<OfflineCommand, OfflineEdge>;
export type PeerPort = PortOf<PeerCommand, PeerEdge>;
export type ResponderPort = PortOf<ResponderCommand, ResponderEdge>;
/** Machines that the conversation starts: the same kind of contract. */
export type ArchivePort = PortOf<ArchiveCommand, ArchiveEdge | SupervisionEdge>;
export type PlaybackPort = PortOf<PlaybackCommand, PlaybackEdge | SupervisionEdge>;
export type LinkPort = PortOf<LinkCommand, LinkEdge | SupervisionEdge>;

const describe = <P extends Port>(description: PortDescription<P>): PortDescription<P> => description;

export const triggerPort = describe<TriggerPort>({
  name: 'trigger',
  receives: { 'trigger.ready': 'a press will be taken now' },
  sends: {
    'talk.pressed': 'the person wants to speak',
    'talk.released': 'the person has finished',
    'talk.cancelled': 'the person takes it back',
  },
});

export const capturePort = describe<CapturePort>({
  name: 'capture',
  receives: {
    'capture.start': 'open the microphone for a turn',
    'capture.stop': 'deliver what was recorded, then close',
    'capture.abort': 'close at once',
  },
  sends: {
    'capture.started': 'the first frame is there',
    'capture.ended': 'the last frame was delivered',
    'capture.failed': 'the microphone cannot be opened or read',
    'capture.lost': 'the card disappeared; it is looked for',
    'capture.recovered': 'the card is back',
    'capture.clipping': 'what comes is too loud',
    'capture.silence': 'nothing comes: is it muted?',
  },
});

export const encoderPort = describe<EncoderPort>({
  name: 'encoder',
  receives: { 'encoder.abort': 'drop the packet in the making' },
  sends: {
    'encoder.finished': 'the last packet of the turn was made',
    'encoder.overflow': 'the recording buffer was full',
    'encoder.failed': 'Opus cannot be loaded or refuses',
  },
});

export const playerPort = describe<PlayerPort>({
  name: 'player',
  receives: {
    'player.open': 'open the speaker for the reply of a turn',
    'player.abort': 'be silent at once',
  },
  sends: {
    'player.started': 'the first sample was given to the card',
    'player.underrun': 'the buffer ran empty',
    'player.resumed': 'sound again after an underrun',
    'player.draining': 'the last packet is in the buffer',
    'player.drained': 'the card has played the last sample',
    'player.aborted': 'silent, as asked',
    'player.overflow': 'the playback buffer was full',
    'player.failed': 'the speaker cannot be opened or written',
    'player.lost': 'the card disappeared; it is looked for',
    'player.recovered': 'the card is back',
  },
});

export const networkPort = describe<NetworkPort>({
  name: 'network',
  receives: {
    'network.connect': 'open the WebSocket and say hello',
    'network.close': 'say bye and close',
    'network.report': "send the device's figures",
    'turn.start': 'a turn begins',
    'turn.abort': 'a turn is given up',
    'turn.playback': 'what the speaker did with the reply',
    'turn.report': 'what a turn took',
  },
  sends: {
    'network.opened': 'the gateway said welcome',
    'network.closed': 'there is no connection (any more)',
    'network.roundTrip': 'round-trip time and clock offset',
    'settings.changed': 'the cloud changed a setting',
    'uplink.started': 'the first packet of the turn went out',
    'uplink.finished': 'the last packet of the turn went out',
    'turn.processing': 'the cloud has all of it and thinks',
    'reply.started': 'a reply begins',
    'reply.finished': 'the last packet of the reply arrived',
    'turn.done': 'the cloud has finished with the turn',
    'turn.refused': 'the cloud gave the turn up',
    'turn.stored': 'the cloud has the turn, durably',
    'delivery.failed': 'a kept turn could not be delivered',
    'network.available': 'the operating system says that there is a network again',
    'network.pairing': 'the operator must approve this device',
  },
});

export const offlinePort = describe<OfflinePort>({
  name: 'offline',
  receives: {
    'offline.open': 'keep the packets of this turn',
    'offline.close': 'no more packets of it follow',
    'offline.forget': 'the cloud has it, or the person took it back',
    'offline.setAside': 'the cloud will never take it: keep it elsewhere',
    'offline.deliver': 'hand the oldest kept turn to the network',
    'offline.reply': "play a cached reply in place of the cloud's",
  },
  sends: {
    'offline.started': 'the first packet of the turn is kept',
    'offline.pending': 'how many turns are kept',
    'offline.replying': 'a cached reply begins',
    'offline.delivering': 'a kept turn is with the network',
    'offline.dropped': 'the oldest kept turn was dropped at the limit',
    'offline.damaged': 'a kept turn is not whole',
    'offline.failed': 'the store cannot be used',
  },
});

export const peerPort = describe<PeerPort>({
  name: 'peer',
  receives: {
    'peer.welcome': 'answer the hello',
    'peer.processing': 'say that the turn is being worked on',
    'peer.reply': 'say that a reply begins',
    'peer.done': 'say that the turn is finished',
    'peer.refuse': 'say what was wrong',
    'peer.flush': 'drop what is still to be sent of a reply',
    'peer.settings': 'pass on what the operator has changed',
    'peer.close': 'close the connection',
  },
  sends: {
    'peer.attached': 'the device is connected, or again',
    'peer.detached': 'its connection is gone',
    'peer.turn': 'a turn begins',
    'peer.abort': 'the device gave the turn up',
    'peer.final': 'all of the turn is here',
    'peer.overrun': 'the turn is more than a limit allows',
    'peer.stored': 'the turn is kept durably',
    'peer.replied': 'all of the reply was sent',
    'peer.playback': 'what the speaker did with the reply',
    'peer.figures': 'what a turn took',
    'peer.report': 'figures of the device',
  },
});

export const responderPort = describe<ResponderPort>({
  name: 'responder',
  receives: {
    'responder.begin': 'packets of this turn follow',
    'responder.abort': 'nobody listens to the reply any more',
  },
  sends: {
    'responder.processing': 'all was heard; the answer is being made',
    'responder.replying': 'the answer begins',
    'responder.finished': 'the answer is complete',
    'responder.failed': 'there will be no answer',
  },
});

const supervision = {
  'actor.restarting': 'an actor crashed and is started again',
  'actor.restarted': 'it runs again',
} as const;

export const playbackPort = describe<PlaybackPort>({
  name: 'playback',
  receives: {
    'playback.open': 'get ready for the reply of a turn',
    'playback.abort': 'be silent at once',
    'playback.latency': 'the network latency changed',
  },
  sends: {
    'playback.started': 'the reply is heard',
    'playback.underrun': 'the reply stutters',
    'playback.drained': 'the reply was heard to its end',
    'playback.aborted': 'silent, as asked',
    'player.overflow': 'the playback buffer was full',
    'playback.failed': 'the reply cannot be played',
    ...supervision,
  },
});

export const archivePort = describe<ArchivePort>({
  name: 'archive',
  receives: {
    'offline.open': offlinePort.receives['offline.open'],
    'offline.close': offlinePort.receives['offline.close'],
    'offline.forget': offlinePort.receives['offline.forget'],
    'offline.reply': offlinePort.receives['offline.reply'],
    'line.idle': 'nobody talks: kept turns may be delivered',
    'line.busy': 'somebody talks',
    'link.up': 'the gateway can be talked to',
    'link.down': 'it cannot',
    'turn.stored': networkPort.sends['turn.stored'],
    'delivery.failed': networkPort.sends['delivery.failed'],
  },
  sends: {
    'offline.started': offlinePort.sends['offline.started'],
    'offline.replying': offlinePort.sends['offline.replying'],
    'offline.dropped': offlinePort.sends['offline.dropped'],
    'offline.damaged': offlinePort.sends['offline.damaged'],
    'offline.failed': offlinePort.sends['offline.failed'],
    'turn.delivered': 'the cloud has a kept turn now',
    ...supervision,
  },
});

export const linkPort = describe<LinkPort>({
  name: 'link',
  receives: {
    'link.close': 'close the connection for good',
    'link.retry': 'do not wait for the backoff',
    'turn.start': networkPort.receives['turn.start'],
    'turn.abort': networkPort.receives['turn.abort'],
    'turn.playback': networkPort.receives['turn.playback'],
    'turn.report': networkPort.receives['turn.report'],
    'network.report': networkPort.receives['network.report'],
  },
  sends: {
    'link.up': 'the gateway can be talked to',
    'link.down': 'it cannot',
    'link.roundTrip': 'round-trip time',
    'link.pairing': 'the operator must approve this device',
    'link.quality': 'whether the link is good or poor changed',
    'settings.changed': networkPort.sends['settings.changed'],
    'uplink.started': networkPort.sends['uplink.started'],
    'uplink.finished': networkPort.sends['uplink.finished'],
    'turn.processing': networkPort.sends['turn.processing'],
    'reply.started': networkPort.sends['reply.started'],
    'reply.finished': networkPort.sends['reply.finished'],
    'turn.done': networkPort.sends['turn.done'],
    'turn.refused': networkPort.sends['turn.refused'],
    'turn.stored': networkPort.sends['turn.stored'],
    'delivery.failed': networkPort.sends['delivery.failed'],
    ...supervision,
  },
});
