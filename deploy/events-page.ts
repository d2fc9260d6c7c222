/**
 * Writes docs/events.md from the contracts: `npm run events`. With --check it only checks that the page is up to
 * date (`npm run events:check`).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONTRACTS, type EventForm, type EventForms, supervision } from '../src/core/contracts/index.ts';

const path = fileURLToPath(new URL('../docs/events.md', import.meta.url));

/** Whether this contract declares the event. Contracts that only forward it are listed earlier. */
function isDeclaredBy(name: string, type: string, form: EventForm): boolean {
  if (type in supervision) return false;
  const owner = CONTRACTS.findLast(({ receives, sends }) => {
    const forms: EventForms = { ...receives, ...sends };
    return forms[type] === form;
  });
  return owner?.name === name;
}

function rows(forms: EventForms, name: string): string {
  const own: Record<string, EventForm> = {};
  const forwarded: string[] = [];
  for (const [type, form] of Object.entries(forms)) {
    if (!isDeclaredBy(name, type, form)) forwarded.push(`\`${type}\``);
    else own[type] = form;
  }
  const table = Object.keys(own).length > 0 ? tableOf(own) : '';
  const others = forwarded.length > 0 ? `${table && '\n'}Forwarded: ${forwarded.join(', ')}.\n` : '';
  return table + others || 'Nothing.\n';
}

function tableOf(forms: EventForms): string {
  const lines = Object.entries(forms).map(([type, form]) => {
    return `| \`${type}\` | ${fieldsOf(form)} | ${form.sentence.replaceAll('|', '\\|')} |\n`;
  });
  return `| event | fields | meaning |\n| --- | --- | --- |\n${lines.join('')}`;
}

function fieldsOf({ sample }: EventForm): string {
  return Object.keys(sample)
    .map((field) => `\`${field}\``)
    .join(', ');
}

const supervisors = `## Supervisors

They send these to their parent machine, in addition to the events of their actor.

${tableOf(supervision)}`;
const sections = CONTRACTS.map(
  ({ name, receives, sends }) =>
    `## ${name}\n\n**Receives**\n\n${rows(receives, name)}\n**Sends**\n\n${rows(sends, name)}`,
);
const wanted = `# The events

The events between actors and machines, generated from \`src/core/contracts/\` by \`npm run events\`; \`npm run events:check\` fails when
this page is out of date. Optional fields are not listed; units and ranges are in the declarations of the
fields. The machines that use them: [machines.md](machines.md).

${[...sections, supervisors].join('\n')}`;

if (process.argv.includes('--check')) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== wanted) {
    process.stderr.write('docs/events.md is out of date. Run: npm run events\n');
    process.exitCode = 1;
  }
} else writeFileSync(path, wanted);
