/**
 * A transcript with the phrases that were meant in the place of those that were heard: "Free mind me to call my mother" is "Remind me to call my
 * mother". Only words that stand in the transcript as they were read are replaced. Pure.
 */
import type { Misheard } from './interpretation.ts';
import { MISHEARD } from './words.ts';

export function asMeant(transcript: string, misheard: readonly Misheard[]): string {
  let text = transcript;
  for (const [spelling, meant] of MISHEARD) text = replaced(text, new RegExp(spelling.source, 'gi'), meant);
  for (const { heard, meant } of misheard) text = replaced(text, wordsInText(heard), written(meant));
  return text;
}

/** These words, with anything but letters and digits between them. */
function wordsInText(words: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join('[^\\p{L}\\p{N}]+')}(?![\\p{L}\\p{N}])`, 'iu');
}

/** The first word of the text keeps its capital letter. */
function replaced(text: string, heard: RegExp, meant: string): string {
  const changed = text.replace(heard, meant);
  return changed === text || !/^\p{Lu}/u.test(text)
    ? changed
    : changed.replace(/^\p{Ll}/u, (first) => first.toUpperCase());
}

function written(phrase: string): string {
  return phrase.replace(/\bi\b/g, 'I').replace(/\boclock\b/g, "o'clock");
}
