/** The provider `wyoming`, of two parts. */

import { wrongSettings } from '../parts/errors.ts';
import type { PartContext, Provider, ProviderSettings } from '../parts/provider.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import type { Transcriber } from '../parts/transcriber.ts';
import { checkSteps, timeToFirst } from '../requests/checks.ts';
import { describeWyoming } from './wyoming-info.ts';
import { type WyomingPart, wyomingPart } from './wyoming-part.ts';
import { createWyomingSynthesizer } from './wyoming-synthesizer.ts';
import { createWyomingTranscriber } from './wyoming-transcriber.ts';

export const wyomingTranscriber: Provider<Transcriber> = {
  summary: 'Recognition by a Wyoming server: faster-whisper, Vosk, …',
  create: async (settings, context) => createWyomingTranscriber(wyomingPart(settings, context)),
  async *check(settings, context) {
    const part = wyomingPart(settings, context);
    yield* checkSteps(createWyomingTranscriber(part), { reachable: describedAs(part, 'models', 'recognise speech') });
  },
};

export const wyomingSynthesizer: Provider<Synthesizer> = {
  summary: 'Speech of a Wyoming server: Piper, …',
  create: async (settings, context) => createWyomingSynthesizer(wyomingPart(settings, context)),
  async *check(settings: ProviderSettings, context: PartContext) {
    const part = wyomingPart(settings, context);
    const synthesizer = createWyomingSynthesizer(part);
    yield* checkSteps(synthesizer, {
      reachable: describedAs(part, 'voices', 'speak'),
      'first audio': (signal) =>
        timeToFirst(synthesizer.speak('Hello.', { device: 'doctor', language: 'en', signal }), context.clock),
    });
  },
};

function describedAs(part: WyomingPart, kind: 'models' | 'voices', what: string) {
  return async (signal: AbortSignal): Promise<string> => {
    const { server } = part;
    const info = await describeWyoming(server, AbortSignal.any([signal, AbortSignal.timeout(part.timeoutMs)]));
    const names = info[kind];
    if (names) return `${server.provider} has ${names.slice(0, 5).join(', ') || kind}${names.length > 5 ? ', …' : ''}`;
    throw wrongSettings(`${server.provider} does not ${what}`, 'Check its port: each Wyoming service has its own.');
  };
}
