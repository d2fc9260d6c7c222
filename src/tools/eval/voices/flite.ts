/**
 * The voices of flite, the assistant's embedded synthesizer.
 */
import type { PartContext } from '../../../../actors/assistant/parts/provider.ts';
import type { Synthesizer } from '../../../../actors/assistant/parts/synthesizer.ts';
import { SYNTHESIZERS } from '../../../../actors/assistant/registry.ts';
import { FLITE_VOICES } from '../../../../actors/assistant/speech/flite/voices.ts';
import { createResampler } from '../../../../actors/sound/resampler.ts';
import { concatenate, toFloat, toS16 } from '../../../../actors/sound/s16.ts';
import { EarshotError } from '../../../core/errors.ts';
import { SAMPLE_RATE_HZ } from '../../../protocol/format.ts';
import type { Voice } from './voice.ts';

export function isFliteVoice(name: string): boolean {
  return (FLITE_VOICES as readonly string[]).includes(name);
}

/** @throws EarshotError `models_missing` */
export async function openFlite(name: string, context: PartContext): Promise<Voice> {
  const load = SYNTHESIZERS.flite;
  if (!load) throw new EarshotError('usage', 'There is no synthesizer flite', 'Choose another voice.');
  const synthesizer = await (await load()).create({ voice: name }, context);
  await synthesizer.prepare?.();
  return {
    name,
    speak: (text) => speak(synthesizer, text, name),
    close: () => synthesizer.close(),
  };
}

async function speak(synthesizer: Synthesizer, text: string, voice: string): Promise<Int16Array> {
  const { signal } = new AbortController();
  const parts: Int16Array[] = [];
  let rateHz = SAMPLE_RATE_HZ;
  for await (const { samples, sampleRateHz } of synthesizer.speak(text, {
    ...{ device: 'eval', voice, language: 'en', signal },
  })) {
    parts.push(samples);
    rateHz = sampleRateHz;
  }
  const resampler = await createResampler(rateHz, SAMPLE_RATE_HZ);
  const speech = [resampler.push(toFloat(concatenate(parts))), resampler.flush()].map(toS16);
  resampler.close();
  return concatenate(speech);
}
