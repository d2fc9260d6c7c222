/**
 * The voices by name: those of flite, festival's, recordings that come with Earshot, and a person's own.
 */
import type { PartContext } from '../../../../actors/assistant/parts/provider.ts';
import { EarshotError } from '../../../core/errors.ts';
import { BUNDLED_RECORDINGS } from '../../../core/files/bundled.ts';
import { FESTIVAL_VOICE, openFestival } from './festival.ts';
import { isFliteVoice, openFlite } from './flite.ts';
import { openRecordings } from './recordings.ts';
import type { MissingVoice, Voice } from './voice.ts';

/** In the order of the table. `recorded`: sentences of a book, for the word error rate only. */
export const DEFAULT_VOICES = ['rms', FESTIVAL_VOICE, 'awb', 'slt', 'kal16', 'recorded'];

export interface OpenedVoices {
  voices: Voice[];
  missing: MissingVoice[];
  close(): Promise<void>;
}

/**
 * @param recordings folder of a person's recordings
 * @throws EarshotError `usage`, `models_missing`, `file_not_found`, `file_unreadable`
 */
export async function openVoices(
  names: readonly string[],
  recordings: string | undefined,
  context: PartContext,
): Promise<OpenedVoices> {
  const voices: Voice[] = [];
  const missing: MissingVoice[] = [];
  const close = async () => void (await Promise.all(voices.map((voice) => voice.close())));
  try {
    for (const name of names) {
      const voice = await openVoice(name, context);
      if ('missing' in voice) missing.push(voice);
      else voices.push(remembering(voice));
    }
    if (recordings !== undefined) voices.push(remembering(await openRecordings(recordings)));
  } catch (error) {
    await close();
    throw error;
  }
  return { voices, missing, close };
}

async function openVoice(name: string, context: PartContext): Promise<Voice | MissingVoice> {
  if (isFliteVoice(name)) return openFlite(name, context);
  if (name === FESTIVAL_VOICE) return openFestival();
  if (name === 'recorded') return openRecordings(BUNDLED_RECORDINGS, name);
  const hint = `There are: ${DEFAULT_VOICES.join(', ')}; and a folder of recordings with --recordings.`;
  throw new EarshotError('usage', `There is no voice ${name}`, hint);
}

/** Each text is spoken once, however often it is asked. */
function remembering(voice: Voice): Voice {
  const spoken = new Map<string, Promise<Int16Array | undefined>>();
  return {
    ...voice,
    speak(text) {
      const known = spoken.get(text) ?? voice.speak(text);
      spoken.set(text, known);
      return known;
    },
  };
}
