/**
 * A text as the words that are said, so that two ways of writing the same words are equal: `It's 3:25 p.m.` and `it is
 * three twenty five PM`. For English. The rules are listed in docs/evaluation.md. Pure.
 */
import { cardinal, decimalNumber, ordinal, timeOfDay, year } from './number-words.ts';

/** In this order. Each works on lower case, with straight apostrophes. */
const RULES: readonly [RegExp, string | ((...groups: string[]) => string)][] = [
  [/(\d),(?=\d{3}\b)/g, '$1'],
  [/(^|\s)[−–-](?=\d)/g, '$1minus '],
  [/([$£€])\s?(\d+(?:\.\d+)?)/g, (_, sign, amount) => `${amount} ${CURRENCIES[sign as keyof typeof CURRENCIES]}`],
  [/°\s?c\b/g, ' degrees celsius '],
  [/°\s?f\b/g, ' degrees fahrenheit '],
  [/°/g, ' degrees '],
  [/%|\bper cent\b/g, ' percent '],
  [/\bo'\s?clock\b/g, ' '],
  [/\b([ap])\.?\s?m\b\.?/g, ' $1m '],
  [/(\d)([ap]m)\b/g, '$1 $2'],
  [/\b(\d{1,2}):(\d{2})\b/g, (_, hours, minutes) => ` ${timeOfDay(Number(hours), Number(minutes))} `],
  [/\b(\d+)(?:st|nd|rd|th)\b/g, (_, digits) => ordinal(digits)],
  [/\b(\d+)\.(\d+)\b/g, (_, whole, fraction) => decimalNumber(whole, fraction)],
  [/\b(1[1-9]\d\d|20\d\d)\b/g, (_, digits) => year(digits)],
  [/\d+/g, (digits) => ` ${cardinal(digits)} `],
  [/\bto-(day|night|morrow)\b/g, 'to$1'],
  [/\bto (night|morrow)\b/g, 'to$1'],
  [/\bany more\b/g, 'anymore'],
  [/½/g, ' one half '],
  [/\+/g, ' plus '],
  [/[×*]/g, ' times '],
  [/÷/g, ' divided by '],
  [/=/g, ' equals '],
  [/&/g, ' and '],
  [/\bcan(?:'t|not)\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/\blet's\b/g, 'let us'],
  [/n't\b/g, ' not'],
  [/'m\b/g, ' am'],
  [/'re\b/g, ' are'],
  [/'ve\b/g, ' have'],
  [/'ll\b/g, ' will'],
  [/'d\b/g, ' would'],
  [/\b(it|that|this|what|who|where|when|why|how|there|here|he|she|everything)'s\b/g, '$1 is'],
  [/'/g, ''],
  [/[^\p{Letter}\p{Number}]+/gu, ' '],
  [/\ba (?=hundred|thousand|million)/g, 'one '],
  [/\b(hundred|thousand|million) and (?=[a-z]+)/g, '$1 '],
];

const CURRENCIES = { $: 'dollars', '£': 'pounds', '€': 'euros' };

/** One spelling for words that have several. */
const SPELLINGS: Record<string, string> = {
  mr: 'mister',
  mrs: 'missus',
  dr: 'doctor',
  ok: 'okay',
  mum: 'mom',
  colour: 'color',
  favourite: 'favorite',
  grey: 'gray',
  metre: 'meter',
  metres: 'meters',
  centimetre: 'centimeter',
  centimetres: 'centimeters',
  kilometre: 'kilometer',
  kilometres: 'kilometers',
  litre: 'liter',
  litres: 'liters',
  millilitre: 'milliliter',
  millilitres: 'milliliters',
  honour: 'honor',
  cancelled: 'canceled',
  km: 'kilometers',
  cm: 'centimeters',
  ml: 'milliliters',
  kg: 'kilograms',
  lbs: 'pounds',
  oz: 'ounces',
  goodnight: 'good night',
  alright: 'all right',
};

/** The words of a text, in lower case, numbers as words. */
export function spokenWords(text: string): string[] {
  let spoken = text
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[’‘`]/g, "'");
  for (const [pattern, replacement] of RULES) spoken = spoken.replace(pattern, replacement as string);
  return spoken.split(' ').flatMap((word) => (word === '' ? [] : (SPELLINGS[word] ?? word).split(' ')));
}
