import assert from 'node:assert/strict';
import { test } from 'node:test';
import { speex } from '../../actors/echo/providers/speex.ts';
import { webrtc } from '../../actors/echo/providers/webrtc.ts';

test('libspeexdsp gets blocks of its size only, and nothing after it was closed', async () => {
  const canceller = (await speex.load())();
  const block = new Int16Array(canceller.blockSamples);
  assert.equal(canceller.process(block, block).length, block.length);
  assert.throws(() => canceller.process(block.subarray(1), block), RangeError);
  assert.throws(() => canceller.process(block, new Int16Array(0)), RangeError);
  canceller.reset();
  canceller.close();
  canceller.close();
  assert.throws(() => canceller.process(block, block), /closed/);
  assert.throws(() => canceller.reset(), /closed/);
});

test('without its package, the canceller of WebRTC says how it is installed', async (t) => {
  const loaded = await webrtc.load().catch((error: unknown) => error);
  if (typeof loaded === 'function') return t.skip('it is installed');
  assert.equal((loaded as { code?: string }).code, 'echo_canceller_unavailable');
  assert.match(String((loaded as { hint?: string }).hint), /npm install/);
});
