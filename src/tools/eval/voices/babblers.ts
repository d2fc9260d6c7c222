/**
 * The speech that babble is made of: sentences of a newspaper's kind, in different voices.
 */
import type { PartContext } from '../../../../actors/assistant/parts/provider.ts';
import { openFlite } from './flite.ts';

const SAID: [voice: string, text: string][] = [
  ['rms', 'The council will meet again on Thursday to talk about the new bridge and what it may cost.'],
  ['slt', 'Farmers in the north hope for rain, because the last three months were unusually dry.'],
  ['awb', 'In the second half both teams were tired, and the game ended without a winner.'],
  ['kal16', 'The museum shows paintings of the harbor that nobody has seen for a hundred years.'],
  ['slt', 'Trains on the coast line are late this morning because of work on the signals.'],
  ['awb', 'The school opens a library on Saturday, with music, cake and a reading for children.'],
];

/** @throws EarshotError `models_missing` */
export async function openBabblers(context: PartContext): Promise<Int16Array[]> {
  const speech: Int16Array[] = [];
  for (const [name, text] of SAID) {
    const voice = await openFlite(name, context);
    try {
      const spoken = await voice.speak(text);
      if (spoken) speech.push(spoken);
    } finally {
      await voice.close();
    }
  }
  return speech;
}
