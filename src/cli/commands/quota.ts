import { Argument, InvalidArgumentError } from 'commander';
import { api } from '../../../convex/_generated/api.js';
import type { CloudQuota } from '../../../convex/quotas.ts';
import { withCloud } from '../../gateway/operator.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

const UNITS = {
  connections: 'devices connected at the same time',
  turns: 'turns a minute',
  speechSeconds: 'seconds of speech a minute',
  bytes: 'bytes of speech a minute',
} as const;
type Name = keyof typeof UNITS;
const NAMES = Object.keys(UNITS) as Name[];

/** Undefined: the limits of the gateways count again. */
type Change = { [name in Name]?: number | undefined };

const HELP = `
The quota is for all devices of a tenant at all of its gateways, which share it and know a change at once.
EARSHOT_TENANT says which tenant; without it: default.

Quotas:
${NAMES.map((name) => `  ${name.padEnd(14)} ${UNITS[name]}`).join('\n')}`;

const define: DefineCommand = (command) => {
  command
    .addArgument(
      new Argument('[changes...]', 'turns=200 connections=50 ...; an empty value resets a quota')
        .argParser(parse)
        .default({}, 'none, shows them'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  addStateOption(command).action(async (changes: Change, { state, json }: StateOption & { json?: boolean }) => {
    const quota = await withCloud(state, async ({ client }) => {
      const before = await client.query(api.quotas.get, {});
      if (Object.keys(changes).length === 0) return before;
      const after = withoutUndefined({ ...before, ...changes });
      await client.mutation(api.quotas.set, { quota: after });
      return after;
    });
    if (json) return printJson(quota);
    for (const name of NAMES) printLine(`${name}: ${quota[name] ?? 'the limit of the gateways'}`);
  });
};

function parse(written: string, changes: Change): Change {
  const [name = '', value = ''] = written.split(/=(.*)/s);
  if (!isName(name)) throw new InvalidArgumentError(`${name} is no quota. Quotas are ${NAMES.join(', ')}.`);
  return { ...changes, [name]: value === '' ? undefined : wholeNumber(value) };
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('Write a whole number above 0, like turns=200.');
}

function withoutUndefined(quota: Change): CloudQuota {
  return Object.fromEntries(Object.entries(quota).filter(([, value]) => value !== undefined));
}

function isName(name: string): name is Name {
  return (NAMES as readonly string[]).includes(name);
}

export default define;
