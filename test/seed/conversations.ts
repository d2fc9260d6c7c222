/**
 * What people say to the seeded devices, and what they hear: questions with their answers, in a few languages, with numbers and names that vary.
 */
export interface Exchange {
  transcript: string;
  replyText: string;
  tools?: { name: string; input: string }[];
}

const ROOMS = ['kitchen', 'living room', 'bedroom', 'bathroom', 'hall', 'study', 'garden', 'cellar'];
const TOWNS = ['Vienna', 'Graz', 'Oslo', 'Lisbon', 'Kraków', 'Utrecht', 'Bologna', 'Galway', 'Nagoya', 'Tromsø'];
const THINGS = [
  'milk',
  'flour',
  'oat flakes',
  'coffee',
  'olive oil',
  'washing powder',
  'apples',
  'batteries',
  'candles',
];
const PEOPLE = ['Ada', 'Björn', 'Chiara', 'Dmitri', 'Eszter', 'Farid', 'Grete', 'Hiro'];

type Maker = (one: <T>(of: readonly T[]) => T, number: (from: number, to: number) => number) => Exchange;

const MAKERS: readonly Maker[] = [
  (_, number) => {
    const time = `${number(0, 23)}:${String(number(0, 59)).padStart(2, '0')}`;
    return { transcript: 'what time is it', replyText: `It is ${time}.`, tools: [{ name: 'clock', input: '{}' }] };
  },
  (_, number) => {
    const minutes = number(2, 45);
    return {
      transcript: `set a timer for ${minutes} minutes`,
      replyText: `The timer is set for ${minutes} minutes.`,
      tools: [{ name: 'set_timer', input: JSON.stringify({ durationMs: minutes * 60_000 }) }],
    };
  },
  (one, number) => {
    const town = one(TOWNS);
    return {
      transcript: `will it rain in ${town} tomorrow`,
      replyText: `In ${town} it will be ${one(['sunny', 'cloudy', 'rainy', 'windy'])} tomorrow, with ${number(-4, 31)} degrees.`,
      tools: [{ name: 'weather', input: JSON.stringify({ place: town }) }],
    };
  },
  (one) => {
    const thing = one(THINGS);
    return {
      transcript: `put ${thing} on the shopping list`,
      replyText: `${thing} is on the shopping list.`,
      tools: [{ name: 'add_to_list', input: JSON.stringify({ list: 'shopping', items: [thing] }) }],
    };
  },
  (one) => {
    const room = one(ROOMS);
    return { transcript: `turn off the light in the ${room}`, replyText: `The light in the ${room} is off.` };
  },
  (one, number) => {
    const room = one(ROOMS);
    const degrees = number(17, 24);
    return {
      transcript: `make it ${degrees} degrees in the ${room} please`,
      replyText: `The heating in the ${room} is set to ${degrees} degrees. It is ${degrees - 2} degrees there now.`,
    };
  },
  (one) => {
    const person = one(PEOPLE);
    return {
      transcript: `remind me to call ${person} this evening`,
      replyText: `I will remind you at six to call ${person}.`,
      tools: [{ name: 'set_reminder', input: JSON.stringify({ label: `call ${person}` }) }],
    };
  },
  (_, number) => {
    const [a, b] = [number(11, 99), number(11, 99)];
    return { transcript: `how much is ${a} times ${b}`, replyText: `${a} times ${b} is ${a * b}.` };
  },
  () => ({
    transcript: 'why is the sky blue',
    replyText:
      'Air scatters short waves of sunlight more than long ones, so blue light reaches us from all directions. In the evening the way through the air is longer, and what is left is red.',
  }),
  () => ({
    transcript: 'tell me something about the lighthouse of Alexandria',
    replyText:
      'It stood on the island of Pharos for about fifteen hundred years and was more than a hundred metres high. Earthquakes destroyed it, and its stones became part of a fortress.',
  }),
  (one) => {
    const thing = one(THINGS);
    return { transcript: `wie lange hält sich ${thing} im Kühlschrank`, replyText: 'Ungeöffnet ungefähr eine Woche.' };
  },
  () => ({
    transcript: 'raconte-moi une blague',
    replyText:
      'Deux grains de sable se promènent dans le désert. L’un dit : « Ne te retourne pas, je crois qu’on nous suit. »',
  }),
  () => ({
    transcript: 'play some music',
    replyText: 'I cannot play music, but I can tell you the time, set timers and keep lists.',
  }),
  () => ({
    transcript: 'show me <b>bold</b> & "quoted" text',
    replyText: 'I can only speak: <b>bold</b> & "quoted" stay as they are.',
  }),
];

/** @param random from 0 to below 1 */
export function exchange(random: () => number): Exchange {
  const number = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  return one(MAKERS)(one, number);
}
