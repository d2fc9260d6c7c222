/**
 * The text as flite can say it: English words in ASCII. flite reads numbers, dates with the name of a month, clock times and
 * dollars rightly. What it reads wrongly, or not at all, is written in words here; each rule was found by letting a recogniser
 * listen to it.
 */
import { EarshotError } from '../../../../src/core/errors.ts';

/** @throws EarshotError `assistant_refused`: the text is in another script, which flite would pass over in silence */
export function englishText(text: string): string {
  refuseOtherScripts(text);
  return inAscii(text);
}

function refuseOtherScripts(text: string): void {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const foreign = text.match(/(?!\p{Script=Latin})\p{L}/gu)?.length ?? 0;
  if (foreign > letters / 4) {
    const hint = 'Choose another synthesizer.';
    throw new EarshotError('assistant_refused', 'The embedded voice speaks English only', hint);
  }
}

/** Of a part of a text, too. */
export function inAscii(text: string): string {
  const words = RULES.reduce((said, [pattern, written]) => said.replace(pattern, written as string), text);
  const ascii = words
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(LIGATURES, (letter) => LATIN[letter] ?? '');
  return ascii
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ +/g, ' ')
    .replace(/ ([.,;:!?])/g, '$1')
    .trim();
}

/** Latin letters that Unicode does not decompose. */
const LATIN: Record<string, string> = {
  ...{ ß: 'ss', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', æ: 'ae', Æ: 'Ae', œ: 'oe', Œ: 'Oe', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D' },
  ...{ þ: 'th', Þ: 'Th', ı: 'i', ŋ: 'ng', ħ: 'h' },
};
const LIGATURES = new RegExp(`[${Object.keys(LATIN).join('')}]`, 'g');

/** Units after a number: one of it, and more. */
const UNITS: Record<string, readonly [one: string, more: string]> = {
  'km/h': ['kilometer per hour', 'kilometers per hour'],
  kmh: ['kilometer per hour', 'kilometers per hour'],
  'm/s': ['meter per second', 'meters per second'],
  mph: ['mile per hour', 'miles per hour'],
  kWh: ['kilowatt hour', 'kilowatt hours'],
  km: ['kilometer', 'kilometers'],
  cm: ['centimeter', 'centimeters'],
  mm: ['millimeter', 'millimeters'],
  m: ['meter', 'meters'],
  ft: ['foot', 'feet'],
  mi: ['mile', 'miles'],
  kg: ['kilogram', 'kilograms'],
  mg: ['milligram', 'milligrams'],
  g: ['gram', 'grams'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  l: ['liter', 'liters'],
  L: ['liter', 'liters'],
  ml: ['milliliter', 'milliliters'],
  h: ['hour', 'hours'],
  hr: ['hour', 'hours'],
  hrs: ['hour', 'hours'],
  min: ['minute', 'minutes'],
  mins: ['minute', 'minutes'],
  s: ['second', 'seconds'],
  sec: ['second', 'seconds'],
  ms: ['millisecond', 'milliseconds'],
  kW: ['kilowatt', 'kilowatts'],
  W: ['watt', 'watts'],
  V: ['volt', 'volts'],
  A: ['ampere', 'amperes'],
  Hz: ['hertz', 'hertz'],
  kHz: ['kilohertz', 'kilohertz'],
  MHz: ['megahertz', 'megahertz'],
  GHz: ['gigahertz', 'gigahertz'],
  kB: ['kilobyte', 'kilobytes'],
  KB: ['kilobyte', 'kilobytes'],
  MB: ['megabyte', 'megabytes'],
  GB: ['gigabyte', 'gigabytes'],
  TB: ['terabyte', 'terabytes'],
  hPa: ['hectopascal', 'hectopascals'],
};
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const CURRENCIES: Record<string, readonly [one: string, more: string]> = {
  '€': ['euro', 'euros'],
  '£': ['pound', 'pounds'],
  '¥': ['yen', 'yen'],
};
const NUMBER = String.raw`\d[\d,]*(?:\.\d+)?`;

/** 3.50: "3 pounds 50". */
const money = (number: string, sign: string): string => {
  const [, whole = number, cents = ''] = /^([\d,]+)\.(\d\d)$/.exec(number) ?? [];
  return `${inWords(whole, CURRENCIES[sign] ?? ['', ''])} ${cents}`.trim();
};

const inWords = (number: string, [one, more]: readonly [string, string]): string =>
  `${number} ${number === '1' ? one : more}`;

const RULES: readonly (readonly [RegExp, string | ((...found: string[]) => string)])[] = [
  // Marks that only typography distinguishes.
  [/[‘’ʼ]/g, "'"],
  [/[“”„«»]/g, ' '],
  [/…/g, '. '],
  [/−/g, '-'],
  // 2026-11-26.
  [
    /\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b/g,
    (_all, year = '', month = '', day = '') => `${MONTHS[Number(month) - 1]} ${Number(day)}, ${year}`,
  ],
  // 10:00 would be "ten", and 0:05 "zero five".
  [/\b(\d{1,2}):00(?=\s*(?:[ap]\.?m\b))/gi, '$1'],
  [/\b(\d{1,2}):00\b(?!:)/g, (_all, hour = '') => `${Number(hour)} o'clock`],
  // Degrees, with a sign.
  [/(\d)\s*°\s*C\b/g, '$1 degrees Celsius'],
  [/(\d)\s*°\s*F\b/g, '$1 degrees Fahrenheit'],
  [/(\d)\s*[°º]/g, '$1 degrees'],
  [/(^|\s)-(?=\d)/g, '$1minus '],
  // Money: flite knows dollars only.
  [new RegExp(`([€£¥])\\s*(${NUMBER})`, 'g'), (_all, sign = '', number = '') => money(number, sign)],
  [new RegExp(`(${NUMBER})\\s*([€£¥])`, 'g'), (_all, number = '', sign = '') => money(number, sign)],
  // The 1990s, before the units: no seconds.
  [/\b((?:1[1-9]|20)[1-9])0s\b/g, (_all, decade = '') => `${decade.slice(0, 2)} ${DECADES[Number(decade[2])] ?? ''}`],
  // Units. Not after a clock time ("10:30 h" is none that is written in English).
  [
    new RegExp(
      `(?<![\\d.:])(${NUMBER})\\s*(${Object.keys(UNITS)
        .sort((a, b) => b.length - a.length)
        .join('|')})(?:²|³)?(?![\\w/'’])`,
      'g',
    ),
    (all, number = '', unit = '') => {
      const power = all.endsWith('²') ? 'square ' : all.endsWith('³') ? 'cubic ' : '';
      const [one, more] = UNITS[unit] ?? ['', ''];
      return inWords(number, [power + one, power + more]);
    },
  ],
  [/²/g, ' squared'],
  [/³/g, ' cubed'],
  [/½/g, ' one half'],
  [/¼/g, ' one quarter'],
  [/¾/g, ' three quarters'],
  // Ranges and arithmetic.
  [/(\d)\s*[–—]\s*(?=\d)/g, '$1 to '],
  [/(\d)\s*[×x*]\s*(?=\d)/g, '$1 times '],
  [/(\d)\s*÷\s*(?=\d)/g, '$1 divided by '],
  [/(\d)\s+\/\s+(?=\d)/g, '$1 divided by '],
  [/([\w)])\s+-\s+(?=\d)/g, '$1 minus '],
  [/([\w)])\s*\+\s*(?=[\w(])/g, '$1 plus '],
  [/\s*\+(?=\d)/g, ' plus '],
  [/([\w)])\s*=\s*(?=[\w(-])/g, '$1 equals '],
  [/([\w)])\s*\^\s*(?=[\w(-])/g, '$1 to the power of '],
  [/≈/g, ' about '],
  [/\s*[–—]\s*/g, ', '],
  // 2.0.1: flite says one of the points only.
  [/\b\d+(?:\.\d+){2,}\b/g, (version = '') => version.replaceAll('.', ' point ')],
  // Words that are written short.
  [/\be\.\s?g\./gi, 'for example'],
  [/\bi\.\s?e\./gi, 'that is'],
  [/\betc\.?(?=\W|$)/gi, 'et cetera'],
  [/\bapprox\.\s/gi, 'about '],
  [/\b[Nn]os?\.\s?(?=\d)/g, 'number '],
  [/#\s?(?=\d)/g, 'number '],
  // Addresses.
  [/(\w)@(\w)/g, '$1 at $2'],
  [/(\w)\.(?=(?:com|org|net|io|dev|edu|gov|de|uk|eu|info|ai|app)\b)/g, '$1 dot '],
  [/\s*&\s*/g, ' and '],
  [/(\d)\s?%/g, '$1 percent'],
  // 1/2 is "half"; and/or.
  [/(?<!\d)\/|\/(?!\d)/g, ' or '],
  [/[*_~^<>|\\`{}[\]]/g, ' '],
];

const DECADES = 'zeros tens twenties thirties forties fifties sixties seventies eighties nineties'.split(' ');
