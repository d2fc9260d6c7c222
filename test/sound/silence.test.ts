/** The devices without hardware, and how a command line names devices. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openMicrophone, openSpeaker, parseMicrophone, parseSpeaker } from '../../actors/sound/backends/open.ts';
import { hear, speak } from './simulated.ts';

describe('silence', () => {
  it('is 20 ms of silence every 20 ms', async () => {
    const { blocks } = await hear(openMicrophone({ backend: 'silence' }), 100);
    assert.deepEqual(
      blocks.map(({ atMs, lastSampleAtMs }) => [atMs, lastSampleAtMs]),
      [20, 40, 60, 80, 100].map((ms) => [ms, ms]),
    );
    assert.ok(blocks.every(({ samples }) => samples.length === 320 && samples.every((sample) => sample === 0)));
  });

  it('is played by a speaker that requests it in real time and discards it', async () => {
    const { clock, demands, speaker } = await speak(openSpeaker({ backend: 'null' }));
    for (let i = 0; i < 5; i++) clock.increment(10);
    assert.deepEqual(demands.slice(1), [10, 20, 30, 40, 50]);
    speaker.close();
    clock.increment(100);
    assert.equal(demands.length, 6);
  });
});

it('a device is a word, a file, or else a card', () => {
  assert.deepEqual(parseMicrophone('silence'), { backend: 'silence' });
  assert.deepEqual(parseMicrophone('./silence'), { backend: 'wav', name: './silence' });
  assert.deepEqual(parseMicrophone(undefined), { backend: 'card' });
  assert.deepEqual(parseMicrophone(undefined, 'usb'), { backend: 'card', name: 'usb' });
  assert.deepEqual(parseSpeaker('null'), { backend: 'null' });
  assert.deepEqual(parseSpeaker('reply.wav', 'usb'), { backend: 'wav', name: 'reply.wav' });
  assert.deepEqual(parseSpeaker(undefined, 'usb'), { backend: 'card', name: 'usb' });
});
