import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import type { QueueMetrics } from '../../../src/core/actor/queue-metrics.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits/limits.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { toneSynthesizer } from './tone.ts';

test('the voice of a gateway speaks, apologizes and shows its queues', async () => {
  let readQueues: (() => readonly QueueMetrics[]) | undefined;
  const queues = {
    watch(read: () => readonly QueueMetrics[]) {
      readQueues = read;
      return () => {
        readQueues = undefined;
      };
    },
  };
  const synthesizer = toneSynthesizer();
  const voice = createReplyVoice({ synthesizer, limits: DEFAULT_LIMITS, queues, clock: systemClock, log: silentLog });
  await voice.prepare();
  const device = { ...defaultProfile('kitchen'), voice: 'low' };
  const reply = voice.reply(device);
  reply.write('Okay.');
  reply.end();
  let frames = 0;
  for await (const part of reply.output) if (part.type === 'frames') frames += part.frames.length;
  assert.ok(frames > 10);
  assert.equal((await voice.apology({ code: 'assistant_timeout' }, device)).length, 2);
  const shown = readQueues?.().map(({ name, limit }) => [name, limit]);
  assert.deepEqual(shown, [
    ['speech encoding', DEFAULT_LIMITS.speechSentences],
    ['sentence cache', DEFAULT_LIMITS.speechCacheBytes],
  ]);
  await voice.close();
  assert.equal(readQueues, undefined);
});
