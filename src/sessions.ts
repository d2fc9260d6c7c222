/**
 * The gateway without its server: greets each connection, finds or starts the session of its device, and tells what becomes of
 * them. Where the sockets come from and what the clock is, it is told.
 */
import { type Actor, createActor } from 'xstate';
import type { Socket, SocketHandlers } from '../actors/network/socket.ts';
import { defineResponder, type Responder } from '../actors/responder/responder.ts';
import { type GreetedSocket, greet } from '../actors/session/greeter.ts';
import { definePeer } from '../actors/session/peer.ts';
import type { Recorder } from '../actors/session/recorder.ts';
import { responderPort } from '../machines/ports.ts';
import { SESSION_DELAYS_MS, type SessionNews, session } from '../machines/session.ts';
import { supervised } from '../machines/supervise.ts';
import { type Channel, createChannel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { HeardPacket, SpokenFrames } from './data-plane.ts';
import { hostHere } from './host.ts';
import type { Log } from './log.ts';
import type { Probe } from './probe.ts';
import { CLOSE_REPLACED } from './protocol/control.ts';

/** Packets of an utterance (or pieces of a reply) that may wait while an actor restarts. */
const HEARD_LIMIT = 100;

export interface SessionsOptions {
  responder: Responder;
  /** Keeps turns: a turn that it has recorded is confirmed to the device. */
  recorder: Recorder;
  clock: Clock;
  log: Log;
  newId: () => string;
  /** Sees each session's machine before it is started. */
  onSession?: (actor: Actor<typeof session>, id: string) => void;
  /** Told how to read the queues. */
  probe?: Probe;
  onNews?: (news: SessionNews) => void;
}

export interface Sessions {
  /** A connection that was accepted and has said nothing yet. */
  accept(take: (handlers: SocketHandlers) => Socket): void;
  count(): number;
  closeAll(code: number, reason: string): void;
}

interface Session {
  id: string;
  actor: Actor<typeof session>;
  /** The device's connections, one after the other. */
  connections: Channel<GreetedSocket>;
  unwatch?: () => void;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { responder, recorder, clock, log, newId, onSession, probe, onNews } = options;
  const sessions = new Set<Session>();
  /** Name of a device → its session: a device has one connection, and the newest is right. */
  const byDevice = new Map<string, Session>();

  function onGreeted(greeted: GreetedSocket): void {
    const { device, resume } = greeted.hello;
    const previous = byDevice.get(device.name);
    if (resume && previous?.id === resume.session) return previous.connections.send(greeted);
    previous?.actor.send({ type: 'session.close', code: CLOSE_REPLACED, reason: 'replaced' });
    start(device.name).connections.send(greeted);
  }

  function start(device: string): Session {
    const id = newId();
    const hosting = { clock, log };
    const connections = createChannel<GreetedSocket>({ name: 'connections', limit: 2, whenFull: 'drop-oldest' });
    const heard = createChannel<HeardPacket>({ name: 'heard', limit: HEARD_LIMIT, whenFull: 'drop-newest' });
    const spoken = createChannel<SpokenFrames>({ name: 'spoken', limit: HEARD_LIMIT, whenFull: 'drop-newest' });
    const peer = definePeer({ connections, heard, spoken, recorder, maxTurnMs: SESSION_DELAYS_MS.turnLimit });
    const answering = defineResponder({ responder, heard, spoken: (frames) => spoken.send(frames) });
    const actor = createActor(
      session.provide({
        actors: {
          // A connection is not mended when its actor crashes: the session ends, and the device comes back.
          peer: hostHere(peer, hosting),
          responder: supervised(responderPort, hostHere(answering, hosting)),
        },
      }),
      { clock, input: { session: id } },
    );
    const unwatch = probe?.watch(() =>
      [heard, spoken].map((queue) => ({ ...queue.stats(), name: `${queue.stats().name} ${id.slice(-6)}` })),
    );
    const started: Session = { id, actor, connections, ...(unwatch && { unwatch }) };
    sessions.add(started);
    byDevice.set(device, started);
    actor.on('*', (news) => {
      note(started, news);
      onNews?.(news);
    });
    onSession?.(actor, id);
    actor.start();
    return started;
  }

  function note(of: Session, news: SessionNews): void {
    switch (news.type) {
      case 'session.opened':
        return log.info('device connected', { device: news.device, session: news.session });
      case 'session.resumed':
        return log.info('device back', { device: news.device, session: news.session, turn: news.turnId || undefined });
      case 'turn.ended':
        return log.info('turn ended', { turn: news.turnId, outcome: news.outcome });
      case 'session.closed':
        sessions.delete(of);
        of.unwatch?.();
        if (byDevice.get(news.device) === of) byDevice.delete(news.device);
        return log.info('device gone', { device: news.device, code: news.code, reason: news.reason || undefined });
    }
  }

  return {
    accept: (take) => greet(take, clock, onGreeted),
    count: () => sessions.size,
    closeAll(code, reason) {
      for (const { actor } of sessions) actor.send({ type: 'session.close', code, reason });
    },
  };
}
