/**
 * The system in virtual time: a device, a gateway and its record in one process, on one clock and over a simulated network; the
 * codec, the buffers, the store and every actor are the real ones. The same seed gives the same trace.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WatchInterfaces } from '../../actors/network/interface-watch.ts';
import { openCachedReplies } from '../../actors/offline/cached-replies.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Recorder, SpokenTurn } from '../../actors/session/recorder.ts';
import type { OpenMicrophone, OpenSpeaker } from '../../actors/sound/port.ts';
import type { TriggerHandlers } from '../../actors/trigger/trigger.ts';
import type { ConversationNews } from '../../machines/conversation.ts';
import type { CapturePort, EncoderPort, PlayerPort } from '../../machines/ports.ts';
import type { TurnRecord } from '../../machines/turn-record.ts';
import { createAudioLine } from '../../src/audio/audio-line.ts';
import { BUNDLED_REPLY } from '../../src/bundled.ts';
import { createDevice } from '../../src/device/device.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { hostHere } from '../../src/host.ts';
import { silentLog } from '../../src/log.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { seededRandom } from '../support/random.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { createVirtualNetwork, type VirtualNetwork } from './virtual-network.ts';

const SPEECH = readSamples(LONG_SPEECH);
const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 } as const;

export interface VirtualLine {
  clock: VirtualClock;
  network: VirtualNetwork;
  press(): void;
  cancel(): void;
  state(): string;
  /** Everything that was told, with its time: what must be the same for the same seed. */
  trace: string[];
  records: TurnRecord[];
  /** Frames that the encoder made, by number of the turn; as hex, so that they compare. */
  spoken: Map<number, string[]>;
  /** Frames that the gateway recorded, by id. */
  recorded: Map<string, string[]>;
  /** Turns that are still on the device's disk. */
  kept(): number;
  stop(): void;
}

export function startVirtualLine(seed: number): VirtualLine {
  const random = seededRandom(seed);
  const clock = createVirtualClock();
  const folder = mkdtempSync(join(tmpdir(), 'earshot-virtual-'));
  const trace: string[] = [];
  const records: TurnRecord[] = [];
  const spoken = new Map<number, string[]>();
  const recorded = new Map<string, string[]>();
  const startedMs = clock.now();
  const note = (text: string) => trace.push(`${(clock.now() - startedMs).toFixed(3)} ${text}`);
  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;

  const sessions = createSessions({
    responder: parrot,
    recorder: memoryRecorder(recorded, note),
    clock,
    log: silentLog,
    newId,
    onNews: (news) => note(`gateway ${JSON.stringify(news)}`),
  });
  const network = createVirtualNetwork({ clock, random, delayMs: 15, jitterMs: 10, accept: sessions.accept });
  let trigger: TriggerHandlers | undefined;
  const noInterfaces: WatchInterfaces = () => () => {};

  const device = createDevice({
    hello: { type: 'hello', protocol: 1, device: { name: 'toy' }, audio: AUDIO, playback: { bufferMs: 600 } },
    dial: network.dial,
    watchInterfaces: noInterfaces,
    keptTurns: folder,
    replies: openCachedReplies(join(folder, 'replies'), BUNDLED_REPLY),
    boot: fakeBoot(clock),
    triggers: [
      (handlers) => {
        trigger = handlers;
        return {};
      },
    ],
    newId,
    audio(encoded) {
      const hosting = { clock, log: silentLog };
      const line = createAudioLine({
        openMicrophone: virtualMicrophone(clock, () => random.integer(0, SPEECH.length - 16_000)),
        openSpeaker: virtualSpeaker(clock),
        framesPerPacket: 3,
        playback: 'adaptive',
        encoder: 'adaptive',
        complexity: 5,
        uplink(packet) {
          const decoded = decodePacket(packet.bytes);
          const frames = spoken.get(packet.turn) ?? [];
          if (decoded.ok) for (const frame of decoded.packet.frames) frames.push(Buffer.from(frame).toString('hex'));
          spoken.set(packet.turn, frames);
          encoded(packet);
        },
      });
      return {
        capture: hostHere<CapturePort>(line.actors.capture, hosting),
        encoder: hostHere<EncoderPort>(line.actors.encoder, hosting),
        player: hostHere<PlayerPort>(line.actors.player, hosting),
        downlink: line.downlink,
        heard: line.heard,
      };
    },
    onNews(news: ConversationNews) {
      note(`device ${JSON.stringify(news)}`);
      if (news.type === 'turn.finished') records.push(news.record);
    },
    clock,
    random: random.next,
    log: silentLog,
  });
  device.start();

  return {
    clock,
    network,
    press: () => trigger?.onPress('key'),
    cancel: () => trigger?.onCancel(),
    state() {
      const { value } = device.getSnapshot();
      return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
    },
    trace,
    records,
    spoken,
    recorded,
    kept: () => countTurns(folder),
    stop() {
      device.stop();
      void sessions.closeAll(1_001, 'over');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function countTurns(folder: string): number {
  return readdirSync(folder).filter((name) => name.endsWith('.turn')).length;
}

function memoryRecorder(recorded: Map<string, string[]>, note: (text: string) => void): Recorder {
  return {
    has: (_device, id) => recorded.has(id),
    async record({ id, packets, offline }: SpokenTurn) {
      if (recorded.has(id)) throw new Error(`${id} was recorded twice`);
      const frames = packets.flatMap((packet) => packet.frames.map((frame) => Buffer.from(frame).toString('hex')));
      recorded.set(id, frames);
      note(`recorded ${id} ${frames.length} frames${offline ? ' offline' : ''}`);
    },
  };
}

/** Speaks the recording from a random place, a frame every 20 ms, for as long as it is open. */
function virtualMicrophone(clock: VirtualClock, startAt: () => number): OpenMicrophone {
  return async ({ onSamples }) => {
    let at = startAt();
    let open = true;
    const tick = () => {
      if (!open) return;
      clock.setTimeout(tick, 20);
      at = at + 320 > SPEECH.length ? 0 : at;
      onSamples(SPEECH.slice(at, at + 320), clock.now());
      at += 320;
    };
    clock.setTimeout(tick, 20);
    return {
      device: 'virtual',
      close() {
        open = false;
      },
    };
  };
}

function virtualSpeaker(clock: VirtualClock): OpenSpeaker {
  return async ({ onDemand }) => {
    let open = true;
    const block = new Int16Array(160);
    const tick = () => {
      if (!open) return;
      clock.setTimeout(tick, 10);
      onDemand(block);
    };
    clock.setTimeout(tick, 10);
    return {
      device: 'virtual',
      outputLatencyMs: 20,
      close() {
        open = false;
      },
    };
  };
}

/** What a person and a network do in the course of some conversations: all of it from the seed. */
export async function liveThrough(line: VirtualLine, seed: number, conversations: number): Promise<void> {
  const random = seededRandom(seed + 1_000_003);
  const { clock, network } = line;
  const mischief = () => {
    const what = random.next();
    if (what < 0.1) network.breakAll();
    else if (what < 0.15) network.silenceAll();
    else if (what < 0.2) {
      network.breakAll();
      network.vanish(random.integer(200, 8_000));
    }
  };
  await clock.run(500);
  for (let i = 0; i < conversations; i++) {
    line.press();
    await clock.run(random.integer(30, 2_500));
    mischief();
    if (random.next() < 0.05) line.cancel();
    else line.press();
    await clock.run(random.integer(0, 1_500));
    mischief();
    // Most replies are heard out; some are interrupted.
    if (random.next() < 0.8) await clock.runUntil(() => line.state() === 'idle', 120_000, 'the turn ends');
    else await clock.run(random.integer(0, 800));
  }
  await clock.runUntil(() => line.state() === 'idle', 120_000, 'the last turn ends');
  // Quiet: what was kept is delivered.
  await clock.runUntil(() => line.kept() === 0, 600_000, 'kept turns are delivered');
}
