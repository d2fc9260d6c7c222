/**
 * Capture and player with every kind of device, files and cards, in virtual time: two of each, in parallel.
 */
import { createReadStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCapture } from '../../actors/capture/capture.ts';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { definePlayer } from '../../actors/playback/player.ts';
import { nullSpeaker } from '../../actors/sound/backends/null.ts';
import { silenceMicrophone } from '../../actors/sound/backends/silence.ts';
import { cardMicrophone } from '../../actors/sound/card-microphone.ts';
import { cardSpeaker } from '../../actors/sound/card-speaker.ts';
import type { OpenMicrophone, OpenSpeaker } from '../../actors/sound/port.ts';
import { sampleMicrophone, wavMicrophone } from '../../actors/sound/wav-microphone.ts';
import { wavSpeaker } from '../../actors/sound/wav-speaker.ts';
import { openWavStream } from '../../actors/sound/wav-stream.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { type Channel, createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket, SpeechEvent } from '../../src/core/actor/data-plane.ts';
import { captureContract, playerContract } from '../../src/core/contracts/index.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { fakeCard } from '../sound/fake-naudiodon.ts';
import { virtualCard } from '../sound/virtual-card.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario, underSupervision } from './scenario.ts';

/** A device, and the actions of its other side in 10 ms. */
interface Device<Open> {
  open: Open;
  pass?: () => Promise<unknown>;
}

const BLOCK = new Int16Array(320).fill(100);

function workingMicrophone(): Device<OpenMicrophone> {
  const card = fakeCard();
  const pass = async () => {
    if (card.pendingReadBytes() !== undefined) await card.deliver({ samples: BLOCK });
  };
  return { open: cardMicrophone({ naudiodon: card.naudiodon }), pass };
}

/** The card runs independently: its timers are not those of its user. */
function workingSpeaker(clock: Clock): Device<OpenSpeaker> {
  return { open: (handlers, scope) => cardSpeaker({ naudiodon: virtualCard({ clock }).naudiodon })(handlers, scope) };
}

/** The first card never gives or takes anything, and is lost; the next one that is opened works. */
function lostAtFirst<Open extends OpenMicrophone | OpenSpeaker>(dead: Open, working: Device<Open>): Device<Open> {
  let opened = 0;
  const open = ((...given: Parameters<OpenMicrophone>) => {
    opened += 1;
    return ((opened === 1 ? dead : working.open) as OpenMicrophone)(...given);
  }) as Open;
  return { open, pass: async () => opened > 1 && working.pass?.() };
}

const MICROPHONES: Record<string, () => Device<OpenMicrophone>> = {
  silence: () => ({ open: silenceMicrophone() }),
  'a file': () => ({ open: wavMicrophone(SHORT_SPEECH) }),
  'a stream': () => ({
    open: sampleMicrophone('stream', (scope) => openWavStream(createReadStream(SHORT_SPEECH), 'stream', scope)),
  }),
  'a card': workingMicrophone,
  'a card that is lost': () => lostAtFirst(cardMicrophone({ naudiodon: fakeCard().naudiodon }), workingMicrophone()),
};

const SPEAKERS: Record<string, (clock: Clock, path: string) => Device<OpenSpeaker>> = {
  none: () => ({ open: nullSpeaker() }),
  'a file': (_, path) => ({ open: wavSpeaker(path) }),
  'a card': workingSpeaker,
  'a card that is lost': (clock) =>
    lostAtFirst(cardSpeaker({ naudiodon: fakeCard().naudiodon }), workingSpeaker(clock)),
};

function passing(clock: VirtualClock, devices: Device<unknown>[]): (ticks?: number) => Promise<void> {
  return async (ticks = 1) => {
    for (let i = 0; i < ticks; i++) {
      for (const { pass } of devices) await pass?.();
      await clock.run(10);
    }
  };
}

/** Long enough for the restart of a crashed actor. */
const RESTART_TICKS = 30;
const SPEECH_TICKS = 20;

/**
 * A command that comes while an actor is down is lost, and the parent machine sends it again after the restart. Files
 * are read in real time: the fault of the first turn may happen in the second one.
 */
function restartSince(actor: { said(type: string): number }): () => boolean {
  const restarts = actor.said('actor.restarted');
  return () => actor.said('actor.restarted') > restarts;
}

async function record(make: () => Device<OpenMicrophone>, log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const devices = [make(), make()];
  const pass = passing(clock, devices);
  const [first, second] = devices.map(({ open }) => {
    const speech = createChannel<SpeechEvent>({ name: 'speech', limit: 1, whenFull: 'drop-oldest' });
    const capture = defineCapture({ openMicrophone: open, speech });
    return underSupervision(supervised(captureContract, actorLogic(captureContract, capture, { clock, log })), clock);
  });
  if (!first || !second) return [];
  const talk = async (turn: number, who: typeof first, all: (typeof first)[]): Promise<void> => {
    const wasRestarted = restartSince(who);
    for (const each of all) each.send({ type: 'capture.start', turn });
    await eventually(() => who.said('capture.started') > 0 || wasRestarted(), `turn ${turn} begins`, pass);
    await pass(SPEECH_TICKS);
    for (const each of all) each.send({ type: 'capture.stop', turn });
    await eventually(() => who.said('capture.ended') > 0 || wasRestarted(), `turn ${turn} ends`, pass);
    if (wasRestarted()) await talk(turn, who, [who]);
  };
  await talk(1, second, [first, second]);
  await pass(RESTART_TICKS);
  const wrong = second.said('actor.restarting') > 0 ? ['the second microphone was affected'] : [];
  first.received.length = 0;
  await talk(2, first, [first]);
  for (const each of [first, second]) each.stop();
  await pass(SPEECH_TICKS);
  return wrong;
}

const FRAMES = (() => {
  const encoder = createOpusEncoder();
  return Array.from({ length: 12 }, () => encoder.encode(new Int16Array(320).fill(500)));
})();

function reply(downlink: Channel<DownlinkPacket>, turn: number, nowMs: number): void {
  for (const [sequence, frame] of FRAMES.entries()) {
    const place = { turn, sequence, timestamp: sequence * 320, final: sequence === FRAMES.length - 1 };
    const bytes = encodePacket({ ...place, discontinuity: false, pcm: false, frames: [frame] });
    downlink.send({ turn, bytes, arrivedAtMs: nowMs });
  }
}

async function play(make: (clock: Clock, path: string) => Device<OpenSpeaker>, log: Log): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-cards-'));
  const clock = createVirtualClock();
  const devices = ['first', 'second'].map((name) => make(clock, join(folder, `${name}.wav`)));
  const pass = passing(clock, devices);
  const [first, second] = devices.map(({ open }) => {
    const downlink = createChannel<DownlinkPacket>({ name: 'downlink', limit: 50, whenFull: 'drop-oldest' });
    const player = definePlayer({
      openSpeaker: open,
      createDecoder: createStreamDecoder,
      createJitterBuffer: (decoder) => createAdaptiveJitterBuffer(decoder, { mode: 'reply' }),
      downlink,
    });
    const mended = underSupervision(
      supervised(playerContract, actorLogic(playerContract, player, { clock, log })),
      clock,
    );
    return { ...mended, downlink };
  });
  if (!first || !second) return [];
  const hear = async (turn: number, who: typeof first, all: (typeof first)[]): Promise<void> => {
    const wasRestarted = restartSince(who);
    for (const each of all) each.send({ type: 'player.open', turn, minChunks: 1 });
    for (const each of all) reply(each.downlink, turn, clock.now());
    await eventually(() => who.said('player.drained') > 0 || wasRestarted(), `turn ${turn} is played`, pass);
    if (wasRestarted()) await hear(turn, who, [who]);
  };
  await hear(1, second, [first, second]);
  await pass(RESTART_TICKS);
  const wrong = second.said('actor.restarting') > 0 ? ['the second speaker was affected'] : [];
  first.received.length = 0;
  await hear(2, first, [first]);
  for (const each of [first, second]) each.stop();
  await pass(SPEECH_TICKS);
  await removeFolder(folder);
  return wrong;
}

export const cards: Scenario[] = [
  ...Object.entries(MICROPHONES).map(([name, make]) => ({
    name: `two microphones, each ${name}`,
    run: (log: Log) => record(make, log),
    subjects: /^capture#1 /,
  })),
  ...Object.entries(SPEAKERS).map(([name, make]) => ({
    name: `two speakers, each ${name}`,
    run: (log: Log) => play(make, log),
    subjects: /^player#1 /,
  })),
];
