/**
 * Draws all machines into docs/: `npm run charts`. With --check it only says whether what is there is what the machines are
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
/** Supervisors differ in the name of their actor alone: one stands for all. */
const SHOWN = ['conversation', 'link', 'playback', 'uploader', 'session', 'supervise-capture'];
const SUMMARIES: Record<string, string> = {
  conversation:
    'The device: from the press of the button to the end of the reply, in the seven states of the specification.',
  link: 'The connection to the gateway, its quality, and the waits between attempts.',
  playback: 'One reply: priming, playing, running dry, playing out.',
  uploader: 'When stored turns are delivered.',
  session: "The gateway's side of one device: its connection and its turns, side by side.",
  'supervise-capture':
    'Around every actor: started again after a crash, with growing delays. This is the one of `capture`.',
};

async function draw(machine: AnyStateMachine, elk: Layouter): Promise<string> {
  const chart = describeMachine(machine);
  return svgOf(await drawChart(chart, true, elk), chart.id);
}

function page(): string {
  const sections = SHOWN.map((id) => `## ${id}\n\n${SUMMARIES[id]}\n\n![The ${id} machine](machines/${id}.svg)\n`);
  return `# The machines

Drawn from the machines themselves by \`npm run charts\`; \`npm run charts:check\` fails when they are not what is drawn here.
An edge is labelled with its events, their [guards] and / actions; \`after\` is a time-out, \`always\` is taken as soon as its
guard holds. Dashed states have parts that run side by side. To see them live: [inspector.md](inspector.md).

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

const there = (name: string) => (existsSync(join(docs, name)) ? readFileSync(join(docs, name), 'utf8') : undefined);
mkdirSync(join(docs, 'machines'), { recursive: true });
const strangers = readdirSync(join(docs, 'machines')).filter((name) => !files.has(`machines/${basename(name)}`));
const changed = [...files].filter(([name, content]) => there(name) !== content).map(([name]) => name);
if (process.argv.includes('--check')) {
  for (const name of [...changed, ...strangers]) process.stderr.write(`docs/${name} is not what the machines are\n`);
  if (changed.length + strangers.length > 0) {
    process.stderr.write("Run 'npm run charts' and commit what changed.\n");
    process.exitCode = 1;
  }
} else {
  for (const name of strangers) rmSync(join(docs, 'machines', name));
  for (const name of changed) writeFileSync(join(docs, name), files.get(name) ?? '');
  process.stdout.write(`${changed.length} of ${files.size} files changed\n`);
}
