/** What is said to train a wake word: the phrase itself, and what is not it. */

/** The phrase alone and before a request, as people say it. */
export function phraseTexts(phrase: string): string[] {
  return [`${phrase}.`, `${phrase}!`, `${phrase}, what time is it?`, `${phrase}. Turn on the light.`];
}

/** Begins like the phrase, ends like it, or sounds like a wake word. */
export function similarTexts(phrase: string): string[] {
  const words = phrase.split(/\s+/);
  const parts =
    words.length > 1 ? [words.slice(0, -1).join(' '), words.at(-1) ?? '', words.toReversed().join(' ')] : [];
  const others = ['hey there', 'hey jarvis', 'hello computer', 'ok google', 'hey you', 'alexa', 'hey siri'];
  const isPhrase = (text: string) => text.toLowerCase() === phrase.toLowerCase();
  const inSentences = parts.flatMap((part) => [`${part}.`, `They said ${part} and left.`]);
  return [...inSentences, ...others.filter((text) => !isPhrase(text)).map((text) => `${text}.`)];
}

/** Everyday sentences, and sentences with the sounds of “hey” and of short stressed words. */
export const SENTENCES = [
  'What is the weather like tomorrow?',
  'Set a timer for ten minutes, please.',
  'The council will meet again on Thursday to talk about the new bridge.',
  'They say that eight or nine people were in the air show.',
  'Can you hear a shot from here?',
  'Here is what I wanted to show you.',
  'Farmers in the north hope for rain, because the last months were dry.',
  'In the second half both teams were tired, and the game ended without a winner.',
  'She had your dark suit in greasy wash water all year.',
  'Do you know where the short ladder is?',
  'It is a short story about a shy girl who stays at home.',
  'The museum shows paintings of the harbor that nobody has seen for years.',
  'Trains on the coast line are late because of work on the signals.',
  'Say it again, I did not hear you.',
  'Maybe we should order something to eat.',
  'The school opens a library on Saturday, with music and cake.',
  'Wait here, I am sure she is on her way.',
  'My father paid for the hay with a cheque.',
  'Add milk, butter and a dozen eggs to the shopping list.',
  'How many ounces are there in a pound?',
];
