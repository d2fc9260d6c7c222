/**
 * How an English word sounds, roughly: a letter for each phoneme. It need not be right, but alike for words that sound alike.
 *
 * Consonants are written as usual; T is "th", S "sh", C "ch", J "dge", N "ng". Vowels: a e i o u short, A E I O U as in the names of
 * the letters, W as in "now", Y as in "boy".
 */

/** Words that the rules below get wrong, and that the skills know. */
const IRREGULAR: Record<string, string> = {
  one: 'wan',
  won: 'wan',
  once: 'wans',
  two: 'tU',
  to: 'tU',
  too: 'tU',
  four: 'for',
  for: 'for',
  eight: 'At',
  ate: 'At',
  of: 'av',
  hour: 'Wr',
  hours: 'Wrz',
  our: 'Wr',
  minute: 'minit',
  minutes: 'minits',
  said: 'sed',
  says: 'sez',
  say: 'sA',
  do: 'dU',
  you: 'yU',
  your: 'yor',
  are: 'ar',
  what: 'wat',
  was: 'waz',
  some: 'sam',
  come: 'kam',
  who: 'hU',
  be: 'bE',
  me: 'mE',
  we: 'wE',
  he: 'hE',
  she: 'SE',
  the: 'Ta',
  a: 'a',
  i: 'I',
  my: 'mI',
  by: 'bI',
  have: 'hav',
  give: 'giv',
  get: 'get',
  forget: 'forget',
  gone: 'gon',
  fahrenheit: 'farenhIt',
  celsius: 'selsEas',
  degrees: 'digrEz',
  degree: 'digrE',
  ounce: 'Wns',
  ounces: 'Wnsiz',
  volume: 'volyUm',
  kilometers: 'kilomiterz',
  kilometer: 'kilomiter',
  squared: 'skwerd',
  square: 'skwer',
  year: 'yEr',
  where: 'wer',
  there: 'Ter',
  cancel: 'kansel',
  reminder: 'rimInder',
  remind: 'rimInd',
  laugh: 'laf',
  enough: 'inaf',
  quarter: 'kworter',
  half: 'haf',
  tomorrow: 'tamaro',
  today: 'tadA',
  tonight: 'tanIt',
  heads: 'hedz',
  bread: 'bred',
  die: 'dI',
  goodbye: 'gudbI',
  bye: 'bI',
  work: 'werk',
  word: 'werd',
  words: 'werdz',
  worth: 'werT',
  war: 'wor',
  world: 'werld',
  wednesday: 'wenzdA',
  thousand: 'TWzand',
  timer: 'tImer',
  timers: 'tImerz',
  time: 'tIm',
  times: 'tImz',
  alarm: 'alarm',
  weight: 'wAt',
  how: 'hW',
  now: 'nW',
  know: 'nO',
  down: 'dWn',
  put: 'put',
  pull: 'pul',
  sure: 'SUr',
  love: 'lav',
  from: 'fram',
  month: 'manT',
  monday: 'mandA',
  mom: 'mom',
  son: 'san',
};

/** In this order; the first that matches at a place is taken. */
const RULES: readonly [RegExp, string][] = (
  [
    ['(?<=^)kn', 'n'],
    ['(?<=^)wr', 'r'],
    ['wh', 'w'],
    ['(?<=^)ps', 's'],
    ['(?<=^)x', 'z'],
    ['tion', 'San'],
    ['s?sion', 'San'],
    ['ture', 'Cer'],
    ['tial|cial', 'Sal'],
    ['cious|tious', 'Sas'],
    ['eigh', 'A'],
    ['igh', 'I'],
    ['[oa]ught', 'ot'],
    ['ough', 'O'],
    ['augh', 'o'],
    ['gh', ''],
    ['tch', 'C'],
    ['ch', 'C'],
    ['sch', 'sk'],
    ['sh', 'S'],
    ['th', 'T'],
    ['ph', 'f'],
    ['ck', 'k'],
    ['qu', 'kw'],
    ['x', 'ks'],
    ['dge?', 'J', '(?<=[aeiou])dge'],
    ['ge(?=$|s$)', 'J'],
    ['ng(?=$|s$|ing)', 'N'],
    ['ce(?=$|s$)', 's'],
    ['c(?=[eiy])', 's'],
    ['c', 'k'],
    ['g(?=[iy]|e[mnr])', 'J'],
    ['oo', 'U'],
    ['ea(?=d$|th)', 'e'],
    ['ee|ea', 'E'],
    ['ai|ay|ei|ey', 'A'],
    ['oa|oe|ow(?=$|n$)', 'O'],
    ['ow|ou', 'W'],
    ['oi|oy', 'Y'],
    ['au|aw', 'o'],
    ['ie', 'E'],
    ['ew|ue', 'U'],
    ['[eiou]r(?![aeiou])', 'er'],
    ['ar', 'ar'],
    ['a(?=[^aeiouywx]e(?:[sd]?$|[lr]))', 'A'],
    ['i(?=[^aeiouywx]e(?:[sd]?$|[lr]))', 'I'],
    ['o(?=[^aeiouywx]e(?:[sd]?$|[lr]))', 'O'],
    ['u(?=[^aeiouywx]e(?:[sd]?$|[lr]))', 'U'],
    ['i(?=nd$|ld$)', 'I'],
    ['o(?=ld$|$)', 'O'],
    ['(?<=[^aeiou].*)e(?=$|s$)', ''],
    ['(?<=[^e])ed$', 'd'],
    ['(?<=^.?)y$', 'I'],
    ['y$', 'E'],
    ['(?<=^)y', 'y'],
    ['y', 'i'],
    ['([bdfgklmnprstvz])\\1', '='],
  ] as [string, string, string?][]
).map(([pattern, sound, exact]) => [new RegExp(exact ?? pattern, 'y'), sound]);

const cache = new Map<string, string>();
const MAX_CACHED = 4_000;

/** The phonemes of a normalised word. A number is its digits. */
export function phonemesOf(word: string): string {
  const known = Object.hasOwn(IRREGULAR, word) ? IRREGULAR[word] : cache.get(word);
  if (known !== undefined) return known;
  const sounds = byRules(word);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(word, sounds);
  return sounds;
}

function byRules(word: string): string {
  let sounds = '';
  for (let at = 0; at < word.length; ) {
    const [length, sound] = soundAt(word, at);
    sounds += sound;
    at += length;
  }
  return sounds;
}

function soundAt(word: string, at: number): [length: number, sound: string] {
  for (const [pattern, sound] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(word)?.[0];
    if (match) return [match.length, sound === '=' ? match.charAt(0) : sound];
  }
  return [1, word.charAt(at)];
}
