/** Whether a sentence is whole before its pause, as typed: nobody who hears these words knows that more follows. */
import { opennessOf } from '../../../actors/assistant/endpointing/openness.ts';
import { createSkillsBrain } from '../../../actors/assistant/skills/brain.ts';

const { understands = async () => 0 } = createSkillsBrain();

export async function isWhole(words: string): Promise<boolean> {
  return /^(over|whole|extendable)$/.test(opennessOf([{ text: words, understood: await understands(words) }]));
}
