/**
 * Draws all machines into docs/: `npm run charts`. With --check it only checks that the drawings are up to date
 * (`npm run charts:check`).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Elk from 'elkjs/lib/main.js';
import type { AnyStateMachine } from 'xstate';
import { describeMachine } from '../src/observability/inspect/chart.ts';
import { drawChart, type Layouter } from '../src/observability/inspect/drawing/drawing.ts';
import { svgOf } from '../src/observability/inspect/drawing/svg.ts';
import { createMachines } from '../src/observability/inspect/machines.ts';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
/** Supervisors differ only in the name of their actor, so one of them is drawn. */
const SHOWN = [
  'conversation',
  'listening',
  'link',
  'playback',
  'uploader',
  'session',
  'answer',
  'provisioning',
  'supervise-capture',
];
const SUMMARIES: Record<string, string> = {
  conversation:
    'The device: from the press of the button to the end of the reply, in the seven states of the specification.',
  listening: 'When the microphone is open, and what is looked for in its sound.',
  link: 'The connection to the gateway, its quality, and the waits between attempts.',
  playback: 'One reply: priming, playing, underrun, draining.',
  uploader: 'When stored turns are delivered.',
  session: "The gateway's side of one device: its connection and its turns, in parallel.",
  answer: "The assistant's answer to one utterance, at the gateway.",
  provisioning: 'A network, a gateway and the pairing for a device without a keyboard (`earshot setup`).',
  'supervise-capture':
    'Around every actor: restarted after a crash, with growing delays. This is the supervisor of `capture`.',
};

async function draw(machine: AnyStateMachine, elk: Layouter): Promise<string> {
  const chart = describeMachine(machine);
  return svgOf(await drawChart(chart, true, elk), chart.id);
}

function page(): string {
  const sections = SHOWN.map((id) => `## ${id}\n\n${SUMMARIES[id]}\n\n![The ${id} machine](machines/${id}.svg)\n`);
  return `# The machines

Drawn from the machines by \`npm run charts\`; \`npm run charts:check\` fails when a drawing is out of date.
A transition is labelled with its events, [guards] and / actions; \`after\` is a time-out, \`always\` is taken as soon as its
guard is true. Dashed states have parallel regions. To see them live: [inspector.md](inspector.md).

${sections.join('\n')}`;
}

const machines = createMachines();
const elk = new Elk.default();
const files = new Map([['machines.md', page()]]);
for (const id of SHOWN) {
  const machine = machines.get(id);
  if (!machine) throw new Error(`there is no machine ${id}`);
  files.set(`machines/${id}.svg`, await draw(machine, elk));
}

const existing = (name: string) => (existsSync(join(docs, name)) ? readFileSync(join(docs, name), 'utf8') : undefined);
mkdirSync(join(docs, 'machines'), { recursive: true });
const obsolete = readdirSync(join(docs, 'machines')).filter((name) => !files.has(`machines/${basename(name)}`));
const changed = [...files].filter(([name, content]) => existing(name) !== content).map(([name]) => name);
if (process.argv.includes('--check')) {
  for (const name of [...changed, ...obsolete]) process.stderr.write(`docs/${name} is out of date\n`);
  if (changed.length + obsolete.length > 0) {
    process.stderr.write("Run 'npm run charts' and commit the changes.\n");
    process.exitCode = 1;
  }
} else {
  for (const name of obsolete) rmSync(join(docs, 'machines', name));
  for (const name of changed) writeFileSync(join(docs, name), files.get(name) ?? '');
  process.stdout.write(`${changed.length} of ${files.size} files changed\n`);
}
