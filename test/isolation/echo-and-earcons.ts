/**
 * Two devices, each with a card that can be opened only once and with an echo canceller, in a room where the microphone
 * hears the speaker, in virtual time. Each plays an earcon alone, one whose card is lost, and one whose card a reply takes
 * over, then two more during the reply.
 */

import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { createEarconSpeaker } from '../../actors/earcons/earcon-speaker.ts';
import { createEchoCancellation } from '../../actors/echo/echo-cancellation.ts';
import type { EchoCanceller } from '../../actors/echo/port.ts';
import { defineListener } from '../../actors/listening/listener.ts';
import { createMuteGate } from '../../actors/listening/mute-gate.ts';
import { createSharedMicrophone } from '../../actors/listening/shared-microphone.ts';
import { openVoiceDetector } from '../../actors/listening/voice-detector.ts';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { definePlayer } from '../../actors/playback/player.ts';
import { cardSpeaker } from '../../actors/sound/card-speaker.ts';
import type { OpenMicrophone, OpenSpeaker } from '../../actors/sound/port.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import { listenerContract, playerContract } from '../../src/core/contracts/index.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { virtualCard } from '../sound/virtual-card.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { type Scenario, underSupervision } from './scenario.ts';

const BUSY = new EarshotError('device_open_failed', 'The card is in use', 'Wait.');
const BLOCK_MS = 20;
/** From the speaker to the microphone. */
const ROOM_DELAY_MS = 40;
const ROOM_SAMPLES = 16_000;

/** Long enough for the canceller to find the echo and to converge. */
const REPLY_MS = 1_400;
const FRAMES = (() => {
  const speech = readSamples(SHORT_SPEECH).subarray(8_000);
  const encoder = createOpusEncoder();
  return Array.from({ length: REPLY_MS / BLOCK_MS }, (_, i) => encoder.encode(speech.slice(i * 320, i * 320 + 320)));
})();

/** Leaves nothing of the echo. */
const canceller = (): EchoCanceller => {
  const silence = new Int16Array(160);
  return { blockSamples: 160, delaySamples: 0, process: () => silence, reset() {}, close() {} };
};

/** A speaker that can be opened once at a time, and a microphone that hears it. */
function room(clock: VirtualClock) {
  const air = new Int16Array(ROOM_SAMPLES);
  const card = { isOpen: false, opened: 0, heard: 0, underflow() {}, lose() {} };
  const openSpeaker: OpenSpeaker = async (handlers, scope) => {
    if (card.isOpen) throw BUSY;
    card.isOpen = true;
    card.opened += 1;
    const onDemand = (block: Int16Array, dueAtMs: number) => {
      const count = handlers.onDemand(block, dueAtMs);
      const at = Math.round((dueAtMs + ROOM_DELAY_MS) * SAMPLES_PER_MS);
      for (let i = 0; i < count; i++) air[(at + i) % ROOM_SAMPLES] = block[i] ?? 0;
      if (block.some((sample) => sample !== 0)) card.heard += 1;
      return count;
    };
    const speaker = await cardSpeaker({ naudiodon: virtualCard({ clock }).naudiodon })(
      { ...handlers, onDemand },
      scope,
    );
    const close = () => {
      card.isOpen = false;
      speaker.close();
    };
    card.underflow = handlers.onUnderflow;
    card.lose = () => {
      if (!card.isOpen) return;
      close();
      handlers.onLost(new EarshotError('device_lost', 'The card is gone', 'Wait.'));
    };
    return { ...speaker, outputLatencyMs: 0, close };
  };
  const openMicrophone: OpenMicrophone = async ({ onSamples }, scope) => {
    let timer: unknown;
    const record = (): void => {
      timer = scope.clock.setTimeout(record, BLOCK_MS);
      const block = new Int16Array(BLOCK_MS * SAMPLES_PER_MS);
      const from = Math.round(clock.now() * SAMPLES_PER_MS) - block.length;
      for (let i = 0; i < block.length; i++) {
        block[i] = air[(from + i) % ROOM_SAMPLES] ?? 0;
        air[(from + i) % ROOM_SAMPLES] = 0;
      }
      onSamples(block, clock.now());
    };
    timer = scope.clock.setTimeout(record, BLOCK_MS);
    return { device: 'card', close: () => scope.clock.clearTimeout(timer) };
  };
  return { card, openSpeaker, openMicrophone };
}

function startDevice(clock: VirtualClock, log: Log) {
  const { card, openSpeaker, openMicrophone } = room(clock);
  const gate = createMuteGate(openMicrophone);
  const echo = createEchoCancellation({
    ...{ openMicrophone: gate.open, openSpeaker, isOn: () => true },
    choose: async () => ({ name: 'a double', why: 'of the test', isMissing: false, create: canceller }),
  });
  const microphone = createSharedMicrophone({ openMicrophone: echo.openMicrophone, clock, log });
  const earcons = createEarconSpeaker({ openSpeaker: echo.openSpeaker, clock, log, volumePercent: () => 100 });
  const downlink = createChannel<DownlinkPacket>({ name: 'downlink', limit: 100, whenFull: 'drop-oldest' });
  const listener = underSupervision(
    supervised(
      listenerContract,
      actorLogic(
        listenerContract,
        defineListener({ microphone, gate, openVoiceDetector, loadNewId: async () => String, echo: echo.state }),
        { clock, log },
      ),
    ),
    clock,
  );
  const definition = definePlayer({
    openSpeaker: earcons.open,
    createDecoder: createStreamDecoder,
    createJitterBuffer: (decoder) => createAdaptiveJitterBuffer(decoder, { mode: 'reply' }),
    downlink,
  });
  const player = underSupervision(
    supervised(playerContract, actorLogic(playerContract, definition, { clock, log })),
    clock,
  );
  return {
    ...{ card, earcons, listener, player },
    reply(turn: number) {
      player.send({ type: 'player.open', turn, minChunks: 1 });
      for (const [sequence, frame] of FRAMES.entries()) {
        const place = { turn, sequence, timestamp: sequence * 320, final: sequence === FRAMES.length - 1 };
        const bytes = encodePacket({ ...place, discontinuity: false, pcm: false, frames: [frame] });
        downlink.send({ turn, bytes, arrivedAtMs: clock.now() });
      }
    },
    stop() {
      for (const actor of [listener, player]) actor.stop();
      echo.close();
    },
  };
}

/** What a device did not do: everything that follows happens without a fault. */
async function missing(device: ReturnType<typeof startDevice>, clock: VirtualClock): Promise<string[]> {
  const { card, earcons, listener, player } = device;
  listener.send({ type: 'listener.open' });
  for (const { received } of [listener, player]) received.length = 0;
  card.heard = 0;
  earcons.play('listening');
  await clock.run(600);
  const wrong = card.heard > 0 ? [] : ['an earcon was not heard'];
  if (card.isOpen) wrong.push('the card was not closed after the earcon');
  device.reply(2);
  await clock.run(REPLY_MS + 600);
  if (player.said('player.drained') !== 1) wrong.push('the reply was not played');
  if (listener.said('echo.changed') === 0) wrong.push('the echo canceller told nothing');
  if (card.isOpen) wrong.push('the card was not closed after the reply');
  return wrong;
}

async function run(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const devices = [startDevice(clock, log), startDevice(clock, log)] as const;
  const [first, second] = devices;
  for (const { listener } of devices) listener.send({ type: 'listener.open' });
  await clock.run(200);
  const play = (name: 'listening' | 'thinking'): void => {
    for (const { earcons } of devices) earcons.play(name);
  };
  play('listening');
  await clock.run(600);
  play('listening');
  await clock.run(50);
  for (const { card } of devices) card.underflow();
  for (const { card } of devices) card.lose();
  await clock.run(100);
  play('thinking');
  await clock.run(50);
  for (const device of devices) device.reply(1);
  await clock.run(500);
  play('listening');
  await clock.run(REPLY_MS - 550);
  // The reply ends meanwhile.
  play('listening');
  // A reply whose card failed goes on after a second.
  await clock.run(2_500);
  const { listener, player, card } = second;
  const wrong = [...listener.received, ...player.received]
    .filter(({ type }) => /lost|restart|failed/.test(type))
    .map(({ type }) => `the second device was affected: ${type}`);
  if (player.said('player.drained') !== 1 || listener.said('echo.changed') === 0 || card.opened !== 3) {
    wrong.push('the second device did not do all of it');
  }
  if (first.player.said('player.drained') !== 1) wrong.push('the reply of the first device was not played to its end');
  wrong.push(...(await missing(first, clock)));
  for (const device of devices) device.stop();
  await clock.run(1_000);
  return wrong;
}

export const echoAndEarcons: Scenario = {
  name: 'two devices with earcons and an echo canceller',
  run,
  // The first device's earcons without the card itself (cards.ts), its choice of a canceller, its listener's report of it.
  subjects:
    /^(?:an earcon#[135] (?!.*actors\/sound)|the microphone#1 promise makeCanceller|listener#1 callback {2}actors\/listening)/,
};
