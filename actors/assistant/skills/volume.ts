/** The device's volume. */
import { numberOf, parameters, wrongInput } from './input.ts';
import type { Skill } from './skill.ts';

const STEP_PERCENT = 15;
const USUAL_PERCENT = 50;
const UP = 'up|louder|increase|raise|higher|more|turn up|upper|crank|=boost';
const DOWN = 'down|quieter|decrease|lower|softer|less|quiet|turn down|reduce|low|more quiet|quietly|=drop';
const VOLUME = 'volume|the volume|sound level|ball you|valley in|loudness|sound|~vowel in|~vowel into|~vowel|~volumes';

export const volume: Skill = {
  tool: ({ controls }) => ({
    name: 'set_volume',
    description: "Sets the device's volume, or makes it louder or quieter. Give `level` or `change`.",
    parameters: parameters({
      'level?': { type: 'number', minimum: 0, maximum: 100, description: 'Percent.' },
      'change?': { type: 'string', enum: ['up', 'down'] },
    }),
    effect: 'changes',
    async call(input, { device }) {
      const level = numberOf(input, 'level', 0, 100);
      const { change } = input;
      if (level === undefined && change !== 'up' && change !== 'down')
        throw wrongInput('change', '`up` or `down`, or give a `level`');
      const before = level === undefined ? ((await controls.volume(device.name)) ?? USUAL_PERCENT) : 0;
      const percent = Math.round(
        level ?? Math.min(100, Math.max(0, before + (change === 'up' ? STEP_PERCENT : -STEP_PERCENT))),
      );
      await controls.setVolume(device.name, percent);
      return `The volume is ${percent} percent.`;
    },
  }),
  rules: [
    {
      needs: [VOLUME],
      also: 'set|turn|change|to|percent|put|at|make|level|set the|said|bring|go|want|would like|give me|like|please|loudness',
      not: 'what|timer|list',
      read(reading) {
        if (reading.take('maximum|max|full|all the way up|loudest')) return { level: 100 };
        if (reading.take('minimum|lowest|quietest')) return { level: 10 };
        if (reading.take('mute|zero|off')) return { level: 0 };
        if (reading.take('half')) return { level: 50 };
        const level = reading.number('near');
        if (level === undefined || level > 100) return undefined;
        return { level };
      },
    },
    {
      // "Turn it up to eighty percent."
      needs: [
        '=turn it up to|=turn it down to|=turn it to|=turn up to|=turn down to|=set it to|=set it at|=make it|=put it at|=go to',
        '=percent',
      ],
      not: 'timer|list',
      read(reading) {
        const level = reading.number('near');
        return level === undefined || level > 100 ? undefined : { level };
      },
    },
    {
      needs: [VOLUME, UP],
      also: 'turn|turned|please|a bit|a little|make|it|bit',
      not: 'timer|list',
      whole: 'turn the volume up|volume up|increase the volume|raise the volume|turn up the volume',
      read: () => ({ change: 'up' }),
    },
    {
      needs: [VOLUME, DOWN],
      also: 'turn|turned|please|a bit|a little|make|it|bit',
      not: 'timer|list',
      whole: 'turn the volume down|volume down|decrease the volume|lower the volume|turn down the volume',
      read: () => ({ change: 'down' }),
    },
    {
      needs: [
        'louder|speak up|turn it up|turn up|turn that up|make it louder|talk louder|speak louder|can not hear you|can hardly hear you|can barely hear you|=hear you well|=do not hear you|hard to hear|=hard to understand|=not loud enough|=raise your voice|=speak clearly|=be louder|too quiet|too low',
      ],
      also: 'it is|you are|do not|not|well|barely|hardly|want|could|can|be|speak|talk|please|much|a bit|a little|make it|you are|turn|are|bit|can not hear',
      whole: 'turn it up|louder please|make it louder|speak louder|can you speak louder|i can not hear you|speak up',
      read: () => ({ change: 'up' }),
    },
    {
      needs: [
        'quieter|softer|turn it down|turn down|turn that down|make it quieter|speak softer|more quietly|more quiet|=less loud|too loud|=so loud|=that loud|speak quieter|not so loud|more softly|=shouting|=yelling|=shout|=too noisy|=so noisy|=lower your voice|=do not shout',
      ],
      also: 'it is|not|do not|be|could|can|little|that is|down a notch|notch|please|speak|talk|please|much|a bit|a little|make it|you are|turn|are|bit|way',
      not: 'timer|alarm',
      whole: 'turn it down|make it quieter|you are too loud|speak more quietly|quieter please|not so loud',
      read: () => ({ change: 'down' }),
    },
  ],
  phrasings: [
    'turn it up',
    'turn it down',
    'set the volume to ten',
    'make it louder',
    'make it quieter',
    'speak louder please',
    'you are too loud',
  ],
};
