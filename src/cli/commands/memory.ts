import { api } from '../../../convex/_generated/api.js';
import { isoTime } from '../../core/time/iso-time.ts';
import { withCloud } from '../../gateway/operator.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { confirm } from '../terminal/confirm.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

type MemoryOptions = StateOption & { json?: boolean };

const HELP = `
A person can also say "forget what I said" to the device.`;

const define: DefineCommand = (command) => {
  command.addHelpText('after', HELP);
  const subcommand = (usage: string, summary: string) =>
    addStateOption(command.command(usage).description(summary).copyInheritedSettings(command)).option(
      '--json',
      'print JSON',
    );

  subcommand('show <device>', 'what the assistant remembers of the conversations with a device')
    .option('--limit <n>', 'number of messages', wholeNumber(1, 200), 40)
    .action(async (device: string, { state, json, limit }: MemoryOptions & { limit: number }) => {
      const recollection = await withCloud(state, ({ client }) => client.query(api.messages.list, { device, limit }));
      if (json) return printJson(recollection);
      const { messages, summary } = recollection;
      if (summary !== undefined) printLine(`before: ${summary}`);
      for (const { at, role, text } of messages) printLine(`${isoTime(at)}  ${role.padEnd(9)}  ${text}`);
      if (messages.length === 0 && summary === undefined) printLine('nothing is remembered');
    });

  subcommand('lists <device>', 'the lists of a device: shopping, tasks').action(
    async (device: string, { state, json }: MemoryOptions) => {
      const lists = await withCloud(state, ({ client }) => client.query(api.lists.all, { device }));
      if (json) return printJson(lists);
      for (const { list, items } of lists) printLine(`${list}: ${items.join(', ')}`);
      if (lists.length === 0) printLine('no lists');
    },
  );

  subcommand('forget <device>', 'delete what was said: messages, words and recordings of turns')
    .option('--yes', 'do not ask')
    .action(async (device: string, { state, json, yes }: MemoryOptions & { yes?: boolean }) => {
      if (!yes) await confirm(`All that was said with ${device} is deleted, recordings too`);
      const until = Date.now();
      const deleted = await withCloud(state, ({ client }) => client.mutation(api.messages.forget, { device, until }));
      if (json) printJson({ device, forgottenUntil: isoTime(until) });
      else printLine(deleted === 0 ? 'forgotten; no messages were stored' : 'forgotten');
    });
};

export default define;
