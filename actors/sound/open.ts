/**
 * From a description of a microphone or speaker, as the command line and the configuration spell it, to the device.
 * The sound card's code is loaded only when a card is asked for.
 */
import { type Clock, systemClock } from '../../src/clock.ts';
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
  clock?: Clock;
  /** How many samples at a time a card delivers: what the codec packs into one packet wakes the process least. */
  captureBlockSamples?: number;
}

export function openMicrophone(description: MicrophoneDescription, options: OpenOptions = {}): OpenMicrophone {
  const { clock = systemClock, captureBlockSamples } = options;
  switch (description.kind) {
    case 'silence':
      return silenceMicrophone(clock);
    case 'wav':
      return wavMicrophone(description.path, clock);
    case 'card':
      return async (handlers) => {
        const { cardMicrophone } = await import('./card-microphone.ts');
        const { device } = description;
        return cardMicrophone({
          clock,
          ...(device && { device }),
          ...(captureBlockSamples && { captureBlockSamples }),
        })(handlers);
      };
  }
}

export function openSpeaker(description: SpeakerDescription, options: OpenOptions = {}): OpenSpeaker {
  const { clock = systemClock } = options;
  switch (description.kind) {
    case 'null':
      return nullSpeaker(clock);
    case 'wav':
      return wavSpeaker(description.path, clock);
    case 'card':
      return async (handlers) => {
        const { cardSpeaker } = await import('./card-speaker.ts');
        const { device } = description;
        return cardSpeaker({ clock, ...(device && { device }) })(handlers);
      };
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
