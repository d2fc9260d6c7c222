/** Earcons and replies on one speaker, which can be opened only once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEarconSpeaker } from '../../actors/earcons/earcon-speaker.ts';
import { synthesiseEarcon } from '../../actors/earcons/earcons.ts';
import { maskMicrophone } from '../../actors/earcons/masked-microphone.ts';
import type { SpeakerHandlers } from '../../actors/sound/port.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { fakeMicrophone, fakeSpeaker, UNPLUGGED } from '../support/fake-sound.ts';
import { settle } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const LISTENING = [...synthesiseEarcon('listening')];
const LATENCY_MS = 20;

function parts(volumePercent = 100) {
  const clock = new SimulatedClock();
  const speaker = fakeSpeaker(LATENCY_MS);
  const earcons = createEarconSpeaker({
    openSpeaker: speaker.open,
    clock,
    log: silentLog,
    volumePercent: () => volumePercent,
  });
  const crashes: unknown[] = [];
  const scope = createScope('a player', { clock, log: silentLog, onCrash: (error) => crashes.push(error) });
  const play = (ticks: number) => {
    const heard: number[] = [];
    for (let i = 0; i < ticks; i++) {
      if (speaker.isOpen) heard.push(...speaker.demand());
      clock.increment(10);
    }
    return heard;
  };
  /** A reply of this level. */
  const reply = (level: number, isReady = true) => {
    const lost: unknown[] = [];
    const handlers: SpeakerHandlers = {
      onDemand: (block) => block.fill(level).length,
      isReady: () => isReady,
      onUnderflow() {},
      onLost: (error) => lost.push(error),
    };
    return { lost, open: () => earcons.open(handlers, scope) };
  };
  return { clock, speaker, earcons, play, reply, crashes, scope };
}

test('an earcon alone opens the speaker, is played whole, and closes it', async () => {
  const { speaker, earcons, play } = parts();
  earcons.play('listening');
  await settle();
  const heard = play(20);
  assert.deepEqual(heard.slice(0, LISTENING.length), LISTENING);
  assert.ok(heard.slice(LISTENING.length).every((sample) => sample === 0));
  assert.equal(speaker.isOpen, false);
  assert.equal(speaker.opened, 1);
});

test('it has the volume of replies', async () => {
  const { earcons, play } = parts(50);
  earcons.play('listening');
  await settle();
  const heard = play(20);
  const differences = LISTENING.map((sample, i) => Math.abs((heard[i] ?? 0) - sample / 2));
  assert.ok(Math.max(...differences) <= 0.5);
});

test('while a reply has the speaker, it is added to the reply, whose samples come as without it', async () => {
  const { speaker, earcons, play, reply } = parts();
  await reply(1_000).open();
  assert.ok(play(3).every((sample) => sample === 1_000));
  earcons.play('listening');
  const heard = play(20);
  assert.deepEqual(
    heard.slice(0, LISTENING.length).map((sample) => sample - 1_000),
    LISTENING,
  );
  assert.ok(heard.slice(LISTENING.length).every((sample) => sample === 1_000));
  assert.equal(speaker.opened, 1);
  assert.equal(speaker.isOpen, true);
});

test('a reply that begins during an earcon takes the open speaker over, at once', async () => {
  const { speaker, earcons, play, reply } = parts();
  earcons.play('listening');
  await settle();
  play(3);
  const used = await reply(500).open();
  const [first = 0] = play(1);
  assert.equal(first, 500 + (LISTENING[480] ?? 0));
  assert.equal(speaker.opened, 1);
  play(30);
  assert.equal(speaker.isOpen, true);
  used.close();
  assert.equal(speaker.isOpen, false);
});

test('alone it is given no further ahead than the card needs', async () => {
  const { speaker, earcons, clock, reply } = parts();
  earcons.play('listening');
  await settle();
  assert.equal(speaker.handlers?.isReady?.(clock.now()), false);
  await reply(1, true).open();
  assert.equal(speaker.handlers?.isReady?.(clock.now()), true);
});

test('a reply that ends during an earcon leaves it the speaker', async () => {
  const { speaker, earcons, play, reply } = parts();
  const used = await reply(500).open();
  earcons.play('listening');
  play(3);
  used.close();
  assert.equal(speaker.isOpen, true);
  const rest = play(20);
  assert.deepEqual(rest.slice(0, LISTENING.length - 480), LISTENING.slice(480));
  assert.equal(speaker.isOpen, false);
});

test('without an earcon a reply closes the speaker at once', async () => {
  const { speaker, reply } = parts();
  const used = await reply(500).open();
  used.close();
  assert.equal(speaker.isOpen, false);
});

test('a speaker that cannot be opened costs the earcon, and the next one is played', async () => {
  const { speaker, earcons, play } = parts();
  speaker.failure = UNPLUGGED;
  earcons.play('error');
  await settle();
  speaker.failure = undefined;
  earcons.play('listening');
  await settle();
  assert.deepEqual(play(14).slice(0, LISTENING.length), LISTENING);
});

test('the reply is told when the speaker is lost, whoever opened it', async () => {
  const { speaker, earcons, play, reply, crashes } = parts();
  earcons.play('listening');
  await settle();
  const playing = reply(500);
  await playing.open();
  play(2);
  speaker.handlers?.onLost(UNPLUGGED);
  assert.deepEqual(playing.lost, [UNPLUGGED]);
  await playing.open();
  assert.equal(speaker.opened, 2);
  assert.ok(play(5).every((sample) => sample === 500));
  assert.deepEqual(crashes, []);
});

test('when a player fails during an earcon, its card is closed, and the next reply opens another', async () => {
  const { speaker, earcons, play, reply, scope } = parts();
  const used = await reply(500).open();
  scope.onEnd(() => used.close());
  earcons.play('listening');
  play(3);
  scope.crash(new Error('thrown by the test'));
  assert.equal(speaker.isOpen, false);
  earcons.play('listening');
  await settle();
  assert.equal(speaker.opened, 2);
  assert.deepEqual(play(14).slice(0, LISTENING.length), LISTENING);
});

test('when the card that was opened for an earcon fails, the reply that has it is told so', async () => {
  const { speaker, earcons, play, reply } = parts();
  earcons.play('listening');
  await settle();
  const lost: unknown[] = [];
  const broken = {
    onDemand(): number {
      throw new Error('thrown by the test');
    },
    onUnderflow() {},
    onLost: (error: { code: string }) => lost.push(error.code),
  };
  await earcons.open(broken, createScope('a player', { clock: new SimulatedClock(), log: silentLog, onCrash() {} }));
  speaker.handlers?.onDemand(new Int16Array(160), 0);
  assert.deepEqual(lost, ['device_lost']);
  assert.equal(speaker.isOpen, false);
  await reply(500).open();
  assert.ok(play(3).every((sample) => sample === 500));
});

test('one that would be late is not played', async () => {
  const { earcons, clock, play, reply } = parts();
  earcons.play('listening');
  clock.increment(2_000);
  await reply(0).open();
  await settle();
  assert.ok(play(30).every((sample) => sample === 0));
});

test('one that the card interrupts does not go on later', async () => {
  const { earcons, clock, play } = parts();
  earcons.play('listening');
  await settle();
  play(5);
  clock.increment(1_000);
  assert.ok(play(10).every((sample) => sample === 0));
});

test('an earcon that is cut ends at once, also while the speaker is being opened', async () => {
  const { speaker, earcons, play } = parts();
  earcons.play('listening');
  await settle();
  play(3);
  earcons.cut();
  assert.ok(play(10).every((sample) => sample === 0));
  assert.equal(speaker.isOpen, false);
  earcons.play('listening');
  earcons.cut();
  play(10);
  await settle();
  assert.equal(speaker.isOpen, false);
});

test('what listens for speech gets silence as long as an earcon may be heard, and everything else unchanged', async () => {
  const { clock, earcons, play } = parts();
  const card = fakeMicrophone();
  const got: { at: number; isSilent: boolean }[] = [];
  const masked = maskMicrophone(card.open, earcons.isAudible);
  const scope = createScope('a listener', { clock, log: silentLog, onCrash() {} });
  const onSamples = (samples: Int16Array, at: number) => got.push({ at, isSilent: samples.every((x) => x === 0) });
  await masked({ onSamples, onEnd() {}, onOverflow() {}, onLost() {} }, scope);
  const record = () => card.handlers?.onSamples(new Int16Array(320).fill(900), clock.now());
  for (let i = 0; i < 5; i++) {
    clock.increment(20);
    record();
  }
  const beganAtMs = clock.now();
  earcons.play('listening');
  await settle();
  for (let i = 0; i < 30; i++) {
    play(2);
    record();
  }
  const silent = got.filter(({ isSilent }) => isSilent).map(({ at }) => at - beganAtMs);
  // 140 ms of sound, the card's latency, the room.
  assert.equal(silent[0], 20);
  assert.ok((silent.at(-1) ?? 0) >= 140 + LATENCY_MS && (silent.at(-1) ?? 0) <= 260, `${silent}`);
  assert.equal(silent.length, ((silent.at(-1) ?? 0) - 20) / 20 + 1, 'without a gap');
});
