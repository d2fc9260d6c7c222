/** What is said with pauses, by half: neither half has a sentence of the other. */
import { BUNDLED_SUITE } from '../../../src/core/files/bundled.ts';
import { casesOf, type Half, readSuite } from '../../../src/tools/eval/suite.ts';

/** A shorter one has hardly a place for a pause. */
const SHORTEST_WORDS = 5;

/** `|`: where a person may pause to think. Many are whole before it. Nothing that rings later. */
export const IN_PARTS: Record<Half, string[]> = {
  tuning: [
    'what is the distance from | London to Paris',
    'what is the weather | in the north of England',
    'can you tell me how many days | are left | in this year',
    'how many ounces | are in a pound',
    'I would like to know | what time it is',
    'what is seventeen | times twenty four',
    'please tell me the date | of next Friday',
    'how much is fifteen percent | of two hundred | and forty',
  ],
  'held-out': [
    'how long does it take | to boil an egg',
    'what is twelve times | one hundred and five',
    'what is the square root of | two hundred and fifty six',
    'how many seconds are in | a day | and a half',
    'can you tell me | which day it is',
    'how many kilometers | are in | twelve miles',
    'please tell me | what the date is | next Sunday',
    'what do you know | about the moon',
  ],
};

/** The bundled suite's, of these kinds; of several turns the last one. */
export async function suiteSentences(half: Half, kinds?: ReadonlySet<string>): Promise<string[]> {
  return casesOf(await readSuite(BUNDLED_SUITE))
    .filter((each) => each.half === half && (kinds?.has(each.kind) ?? true))
    .map(({ said }) => said.at(-1) ?? '')
    .filter((text) => text.split(' ').length >= SHORTEST_WORDS);
}
