import { InvalidArgumentError } from 'commander';
import { api } from '../../../convex/_generated/api.js';
import { withCloud } from '../../gateway/operator.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

type Change = {
  volumePercent?: number | null;
  bitrate?: number | null;
  bufferMs?: number | null;
  cachedReplies?: string[] | null;
};

const NUMBERS = { volume: 'volumePercent', bitrate: 'bitrate', buffer: 'bufferMs' } as const;

const define: DefineCommand = (command) => {
  command
    .argument('<device>', 'name of the device')
    .argument(
      '[changes...]',
      'volume=40 bitrate=16000 buffer=300 replies=away,later; an empty value resets a setting',
      parse,
      {},
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nA connected device applies the change within a second.');
  addStateOption(command).action(
    async (device: string, changes: Change, { state, json }: StateOption & { json?: boolean }) => {
      const settings = await withCloud(state, ({ client }) =>
        Object.keys(changes).length === 0
          ? client.query(api.settings.get, { device })
          : client.mutation(api.settings.set, { device, settings: changes }),
      );
      if (json) return printJson(settings);
      const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}`);
      for (const line of lines.length > 0 ? lines : ['no settings: the device uses its own options']) printLine(line);
    },
  );
};

function parse(text: string, changes: Change): Change {
  const [name = '', value = ''] = text.split(/=(.*)/s);
  if (name === 'replies') return { ...changes, cachedReplies: value === '' ? null : value.split(',') };
  const setting = NUMBERS[name as keyof typeof NUMBERS];
  if (!setting)
    throw new InvalidArgumentError('Settings are volume, bitrate, buffer and replies, written like volume=40.');
  if (value !== '' && !/^\d+$/.test(value)) throw new InvalidArgumentError('Write a whole number, like volume=40.');
  return { ...changes, [setting]: value === '' ? null : Number(value) };
}

export default define;
