/**
 * From a description of a microphone or speaker, as the command line and the configuration spell it, to the device.
 * The sound card's code is loaded only when a card is asked for.
 */
import type { OpenMicrophone, OpenSpeaker } from './port.ts';
import { nullSpeaker, silenceMicrophone } from './silence.ts';
import { wavMicrophone } from './wav-microphone.ts';
import { wavSpeaker } from './wav-speaker.ts';

/** `device`: part of the card's name, in any case; without it, see device-search.ts. */
export type CardDescription = { kind: 'card'; device?: string };
export type WavDescription = { kind: 'wav'; path: string };
export type MicrophoneDescription = CardDescription | WavDescription | { kind: 'silence' };
export type SpeakerDescription = CardDescription | WavDescription | { kind: 'null' };

export interface OpenOptions {
  /** How many samples at a time a card delivers: what the codec packs into one packet wakes the process least. */
  captureBlockSamples?: number;
}

export function openMicrophone(description: MicrophoneDescription, options: OpenOptions = {}): OpenMicrophone {
  const { captureBlockSamples } = options;
  switch (description.kind) {
    case 'silence':
      return silenceMicrophone();
    case 'wav':
      return wavMicrophone(description.path);
    case 'card':
      return async (handlers, scope) => {
        const { cardMicrophone } = await import('./card-microphone.ts');
        const { device } = description;
        const options = { ...(device && { device }), ...(captureBlockSamples && { captureBlockSamples }) };
        return cardMicrophone(options)(handlers, scope);
      };
  }
}

export function openSpeaker(description: SpeakerDescription): OpenSpeaker {
  switch (description.kind) {
    case 'null':
      return nullSpeaker();
    case 'wav':
      return wavSpeaker(description.path);
    case 'card': {
      // One for all replies: it learns how late this process is.
      let opening: OpenSpeaker | undefined;
      return async (handlers, scope) => {
        const { cardSpeaker } = await import('./card-speaker.ts');
        const { device } = description;
        opening ??= cardSpeaker({ ...(device && { device }) });
        return opening(handlers, scope);
      };
    }
  }
}

/** `--input`: `silence`, the path of a WAV file, or nothing for the card. */
export function parseMicrophone(spelling: string | undefined, device?: string): MicrophoneDescription {
  if (spelling === 'silence') return { kind: 'silence' };
  return spelling === undefined ? card(device) : { kind: 'wav', path: spelling };
}

/** `--output`: `null`, the path of a WAV file, or nothing for the card. */
export function parseSpeaker(spelling: string | undefined, device?: string): SpeakerDescription {
  if (spelling === 'null') return { kind: 'null' };
  return spelling === undefined ? card(device) : { kind: 'wav', path: spelling };
}

function card(device: string | undefined): CardDescription {
  return device === undefined ? { kind: 'card' } : { kind: 'card', device };
}
