/**
 * A wake word at the beginning of a text. In a follow-up it is not needed, but people say it all the same; the recogniser writes it as it
 * hears it: “Hey, Jervis.” Pure.
 */
import { soundCloseness } from '../skills/heard/closeness.ts';
import { phonemesOf } from '../skills/heard/phonemes.ts';

/** 1 is the same sound. “Hey Jervis” and “hey jarvis”: 0.96; “hey there” and “hey jarvis”: 0.57. */
const LEAST_CLOSENESS = 0.8;

/** @param wakeWord its name: “hey_jarvis”, “ok-nabu” */
export function withoutWakeWord(text: string, wakeWord: string): string {
  const meantWords = wakeWord.split(/[\s_-]+/);
  const meant = soundsOf(meantWords);
  const words = [...text.matchAll(/[\p{L}\p{N}'’]+/gu)];
  const most = meantWords.length + 1;
  let best = { closeness: LEAST_CLOSENESS, end: 0 };
  for (const [index, word] of words.slice(0, most).entries()) {
    const heard = soundsOf(words.slice(0, index + 1).map(([each]) => each));
    const closeness = soundCloseness(heard, meant, best.closeness);
    if (closeness > best.closeness) best = { closeness, end: word.index + word[0].length };
  }
  return best.end === 0 ? text : text.slice(best.end).replace(/^[^\p{L}\p{N}]+/u, '');
}

function soundsOf(words: readonly string[]): string {
  return words.map((word) => phonemesOf(word.toLowerCase())).join('');
}
