/** Sound cards, tested with virtual ones (virtual-sound.ts). */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { alignedCorrelation, readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { type CardChild, startCardChild } from './card-messages.ts';
import { startVirtualSound, type VirtualSound, withoutCards } from './virtual-sound.ts';

const speech = readSamples(SHORT_SPEECH).slice(0, 24_000);

/** Of 150 ms each. */
function pieces(samples: Int16Array): Int16Array[] {
  const LENGTH = 2_400;
  return Array.from({ length: Math.floor(samples.length / LENGTH) }, (_, i) =>
    samples.subarray(i * LENGTH, (i + 1) * LENGTH),
  );
}

describe('a sound card', async () => {
  const sound: VirtualSound | undefined = await startVirtualSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND === '1') throw new Error('pulseaudio is not installed');
  const skip = sound ? false : 'needs pulseaudio and libasound2-plugins';
  after(() => sound?.stop());

  let child: CardChild;
  const start = (): CardChild => {
    child = startCardChild(sound?.env ?? {});
    return child;
  };
  afterEach(() => child?.kill());

  it('records what another one plays', { skip }, async () => {
    // A busy machine drops samples without a report of PulseAudio: the part with missing samples does not correlate.
    for (let attempt = 1; ; attempt++) {
      start().tell({ do: 'open', speaker: 'SPK', microphone: 'spkMon', speech });
      assert.deepEqual(await child.hear('open'), { speaker: 'spk', microphone: 'spkmon' });
      const heard = await child.hear('heard');
      child.tell({ do: 'leave', exitCode: 3 });
      assert.deepEqual(await child.ended(), { code: 3, signal: null });
      const correlations = pieces(speech).map((piece) => alignedCorrelation(piece, heard).correlation);
      if (correlations.filter((correlation) => correlation > 0.99).length >= correlations.length * 0.7) return;
      assert.ok(attempt < 3, `correlations of its parts ${correlations}`);
    }
  });

  it('is the default one when there is no ReSpeaker', { skip }, async () => {
    start().tell({ do: 'search' });
    const { names, input, output } = await child.hear('found');
    for (const name of ['default', 'mic', 'micmon', 'spk', 'spkmon']) assert.ok(names.includes(name), name);
    assert.deepEqual([input, output], ['default', 'default']);
  });

  describe('called seeed', () => {
    before(() => sound?.withRespeaker(true));
    after(() => sound?.withRespeaker(false));
    it('is preferred', { skip }, async () => {
      start().tell({ do: 'search' });
      const { input, output } = await child.hear('found');
      assert.deepEqual([input, output], ['seeed-2mic-voicecard', 'seeed-2mic-voicecard']);
    });
    it('is not, when another one is requested', { skip }, async () => {
      start().tell({ do: 'search', device: 'micm' });
      const { input, output } = await child.hear('found');
      assert.deepEqual([input, output], ['micmon', 'micmon']);
    });
  });

  it('with an unknown name is an error that lists the existing ones', { skip }, async () => {
    start().tell({ do: 'open', speaker: 'trumpet', microphone: 'spkmon', speech });
    const { code, message, hint } = await child.hear('failed');
    assert.equal(code, 'device_not_found');
    assert.match(message, /speaker with "trumpet"/);
    assert.match(hint, /\bspk, .*\bmicmon\b/);
  });

  it('that is slow with short replies, like PulseAudio, is not lost', { skip }, async () => {
    start().tell({ do: 'replies', speaker: 'spk', count: 6 });
    assert.equal(await child.hear('replied'), 6);
    child.tell({ do: 'leave', exitCode: 3 });
    assert.deepEqual(await child.ended(), { code: 3, signal: null });
  });

  it('that disappears is detected, and used again when it is back', { skip }, async () => {
    start().tell({ do: 'open', speaker: 'spk', microphone: 'spkmon', speech });
    await child.hear('open');
    // It works.
    await child.hear('heard');
    await sound?.unplug();
    const unpluggedMs = performance.now();
    const lost = [await child.hear('lost'), await child.hear('lost')];
    const noticedMs = performance.now() - unpluggedMs;
    assert.deepEqual(lost.toSorted(), ['microphone', 'speaker']);
    // After 2 s of silence (card-format.test.ts); the delay of the machine does not matter.
    assert.ok(noticedMs < 20_000, `detected after ${noticedMs} ms`);

    await sound?.plugIn();
    child.tell({ do: 'open', speaker: 'spk', microphone: 'spkmon', speech });
    await child.hear('open');
    child.tell({ do: 'leave', exitCode: 0 });
    // The first speaker's stream never closes, so the process has to end itself by a signal.
    assert.deepEqual(await child.ended(), { code: null, signal: 'SIGTERM' });
  });
});

describe('a machine without sound cards', () => {
  const none = withoutCards();
  after(() => none.remove());
  let child: CardChild;
  afterEach(() => child.kill());

  it('has an empty list of devices', async () => {
    child = startCardChild(none.env);
    child.tell({ do: 'list' });
    assert.deepEqual(await child.hear('names'), []);
    child.tell({ do: 'search' });
    assert.equal((await child.hear('failed')).code, 'device_not_found');
  });

  it('gives an error, not an abort, when ALSA has no configuration', async () => {
    child = startCardChild({ ...none.env, ALSA_CONFIG_PATH: '/nonexistent/alsa.conf' });
    child.tell({ do: 'list' });
    const { code, message } = await child.hear('failed');
    assert.equal(code, 'sound_unavailable');
    assert.match(message, /nonexistent/);
  });
});
