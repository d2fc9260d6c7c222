/**
 * The inspector, put together: taps on the running machines write the entry log; pages and the flight recorder read it. Loaded only with
 * `--inspect` or `--record` (src/cli/terminal/inspect-options.ts).
 */
import { hostname } from 'node:os';
import { v7 as uuidv7 } from 'uuid';
import type { Actor, AnyActorRef } from 'xstate';
import type { answerMachine } from '../../../machines/answer.ts';
import type { conversation } from '../../../machines/conversation.ts';
import type { session } from '../../../machines/session.ts';
import type { AudioMetrics } from '../../core/actor/audio-metrics.ts';
import type { DownlinkPacket, UplinkPacket } from '../../core/actor/data-plane.ts';
import type { QueueRegistry } from '../../core/actor/queue-metrics.ts';
import type { Log } from '../../core/log/log.ts';
import { VERSION } from '../../core/process/version.ts';
import { systemClock } from '../../core/time/clock.ts';
import { decodePacket } from '../../protocol/packet.ts';
import { limitedSender } from '../../server/limited-sender.ts';
import { reportTurn } from '../turn-report.ts';
import { newToken } from './access.ts';
import { createCommandHandler } from './command-handler.ts';
import type { Entry } from './entries.ts';
import { createEntryLog } from './entry-log.ts';
import type { Greeting } from './feed-messages.ts';
import { type FlightRecorder, type FlightRecords, startFlightRecorder } from './flight-recorder.ts';
import { CAUGHT_UP_BYTES, createPageClients, MAX_UNREAD_BYTES, type PageClients } from './page-clients.ts';
import { startSampler } from './sampler.ts';
import { type PageServer, servePage } from './server.ts';
import { connectStately, type Stately } from './stately.ts';
import { createTap } from './tap.ts';
import { TEMPLATES } from './templates.ts';

export interface InspectorOptions {
  /** Undefined: no page. */
  page?: { host: string; port: number | undefined; token: string | undefined };
  /** Where the flight recorder writes; undefined: there is none. */
  recordTo?: FlightRecords;
  /** Also record the packets themselves. */
  recordAudio: boolean;
  /** Address of a relay to Stately's inspector. */
  stately?: string;
  log: Log;
}

/** Composition roots pass it their machines, queues and packets. */
export interface Inspector {
  /** The page's address; undefined without a page. */
  url: string | undefined;
  queues: QueueRegistry;
  /** Before it is started. */
  device(actor: Actor<typeof conversation>): void;
  session(actor: Actor<typeof session>, id: string): void;
  /** An answer of the assistant; before it is started. */
  answer(actor: Actor<typeof answerMachine>, turnId: string): void;
  metrics(metrics: AudioMetrics): void;
  uplink(packet: UplinkPacket): void;
  downlink(packet: DownlinkPacket): void;
  /** Saves the last minutes of the flight recorder, if there is one. */
  save(reason: string): void;
  close(): Promise<void>;
}

/** @throws EarshotError `port_in_use`, `address_unavailable`, `usage` */
export async function openInspector(options: InspectorOptions): Promise<Inspector> {
  const { page, recordTo, recordAudio, log } = options;
  const clock = systemClock;
  const now = () => Math.round(clock.now() * 100) / 100;
  const entryLog = createEntryLog();
  const tap = createTap(entryLog.write, now);
  const sampler = startSampler(entryLog.write, clock, now);
  const recorder = recordTo === undefined ? undefined : startFlightRecorder({ ...recordTo, entryLog, clock, log });
  let talkTarget: AnyActorRef | undefined;
  let server: PageServer | undefined;
  let stately: Stately | undefined;
  const clients = createPageClients(entryLog, clock);
  const targets = {
    find: tap.find,
    conversation: () => talkTarget,
    newId: (atMs: number) => uuidv7({ msecs: Math.floor(atMs) }),
    save: recorder?.save,
    clock,
  };
  const unwatch = sampler.queues.watch(() => ownQueues(entryLog, clients, recorder));
  const unfollow = entryLog.follow((_, entry) => noteRoundTrip(entry));

  try {
    if (options.stately !== undefined) stately = await connectStately(options.stately);
    if (page) {
      const { host, port, token = newToken() } = page;
      server = await servePage({
        host,
        port,
        token,
        log,
        onPage(socket) {
          const handler = createCommandHandler(targets);
          const send = limitedSender(socket, { maxUnreadBytes: MAX_UNREAD_BYTES, pauseBytes: CAUGHT_UP_BYTES });
          socket.on('message', (data) => {
            void handler.handle(String(data)).then((notice) => send(JSON.stringify(notice)), reportFailure);
          });
          clients.add(socket, greeting());
        },
      });
    }
  } catch (error) {
    await close();
    throw error;
  }

  function greeting(): Greeting {
    return {
      k: 'hello',
      mode: 'live',
      title: hostname(),
      software: `earshot ${VERSION}`,
      now: now(),
      templates: TEMPLATES,
      records: recorder !== undefined,
      talks: talkTarget !== undefined,
    };
  }

  function noteRoundTrip(entry: Entry): void {
    if (entry.k !== 'msg' || entry.event.type !== 'network.roundTrip') return;
    const { roundTripMs } = entry.event as { type: string; roundTripMs?: number };
    if (roundTripMs !== undefined) sampler.roundTrip(roundTripMs);
  }

  function reportFailure(error: unknown): void {
    log.warn('a command of the page failed', { error: String(error) });
  }

  function mark(level: 'info' | 'error', text: string): void {
    entryLog.write({ k: 'mark', t: now(), level, text });
  }

  function attach(actor: AnyActorRef, name: string, input?: unknown): void {
    tap.attach(actor, name, input);
    stately?.attach(actor);
  }

  async function close(): Promise<void> {
    unwatch();
    unfollow();
    sampler.stop();
    clients.close();
    stately?.close();
    await server?.close();
    await recorder?.close();
  }

  return {
    url: server?.url,
    queues: sampler.queues,
    device(actor) {
      talkTarget = actor;
      attach(actor, 'conversation');
      actor.on('state.entered', ({ state, turn }) => {
        if (state === 'error') mark('error', `turn ${turn} failed`);
      });
      actor.on('actor.restarting', ({ actor: name, error }) => mark('error', `${name} crashed: ${error.message}`));
      actor.on('turn.finished', ({ record }) => entryLog.write({ k: 'turn', t: now(), report: reportTurn(record) }));
    },
    session(actor, id) {
      attach(actor, `session ${id.slice(-6)}`, { session: id });
      actor.on('turn.ended', ({ turn, outcome }) => {
        if (outcome === 'failed') mark('error', `the gateway gave up turn ${turn}`);
      });
    },
    answer(actor, turnId) {
      attach(actor, `answer ${turnId.slice(-6)}`);
      actor.on('answer.failing', ({ error }) => mark('error', `an answer failed: ${error.message}`));
    },
    metrics: sampler.audio,
    uplink({ turn, sequence, frames, final, bytes }) {
      const head = [turn, sequence, frames, bytes.length, final ? 1 : 0] as const;
      sampler.packet('up', recordAudio ? [...head, base64(bytes)] : [...head]);
    },
    downlink({ turn, bytes }) {
      const decoded = decodePacket(bytes);
      if (!decoded.ok) return;
      const { sequence, frames, final } = decoded.packet;
      const head = [turn, sequence, frames.length, bytes.length, final ? 1 : 0] as const;
      sampler.packet('down', recordAudio ? [...head, base64(bytes)] : [...head]);
    },
    save(reason) {
      void recorder?.save(reason).then((file) => log.warn('the last minutes are saved', { file }), reportFailure);
    },
    close,
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** The inspector's own queues are shown like the others. */
function ownQueues(
  entryLog: ReturnType<typeof createEntryLog>,
  clients: PageClients,
  recorder: FlightRecorder | undefined,
) {
  const { bytes, limit, lines, tooLarge } = entryLog.stats();
  const record = recorder?.stats();
  return [
    {
      name: 'inspector history',
      unit: 'bytes' as const,
      depth: bytes,
      limit,
      sent: lines,
      dropped: tooLarge + clients.dropped(),
    },
    ...(record
      ? [
          {
            name: 'flight recorder',
            unit: 'bytes' as const,
            depth: record.waitingBytes,
            limit: record.limit,
            sent: lines,
            dropped: record.droppedLines,
          },
        ]
      : []),
  ];
}
