/**
 * `npm run bench:assistant`: the delays of the assistant, against the floor of each stage in the same run.
 *
 *     npm run bench:assistant -- [--parts embedded,peer,at-once] [--turns 30] [--devices 10] [--seconds 60]
 *                                [--json FILE] [--plot assistant.svg]
 *
 * embedded: turns through the whole line, quiet, with the embedded parts. peer: with an OpenAI-compatible provider whose delays
 * are known. at-once: several conversations at the same time, and an echo session beside them. Each takes 1 to 4 minutes.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { checkChartName } from '../../../src/tools/simulation/chart.ts';
import { measureAtOnce } from './at-once.ts';
import { measureEmbedded } from './embedded.ts';
import { plot } from './plot.ts';
import { spokenQuestions } from './questions.ts';
import { type AssistantResults, tables } from './results.ts';
import { measureWithPeer } from './with-peer.ts';

const PARTS = ['embedded', 'peer', 'at-once'];
const PEER_TURNS = 14;

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: PARTS.join(',') },
    turns: { type: 'string', default: '30' },
    devices: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});
const parts = values.parts.split(',');
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`--parts is a list of ${PARTS.join(', ')}, not ${unknown}`);
if (values.plot !== undefined) checkChartName(values.plot);

const progress = createProgress();
const onStep = (what: string) => progress.update(what, undefined);
const questions = await spokenQuestions(Number(values.turns));
const results: AssistantResults = {};
if (parts.includes('embedded')) {
  results.embedded = await measureEmbedded(questions, onStep, (share) => progress.update('embedded', share));
}
if (parts.includes('peer')) {
  results.peer = await measureWithPeer(questions.slice(0, PEER_TURNS), (share) => progress.update('peer', share));
}
if (parts.includes('at-once')) {
  results.atOnce = await measureAtOnce(Number(values.devices), Number(values.seconds), onStep);
}
progress.end();
for (const line of tables(results)) process.stdout.write(`${line}\n`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (values.plot !== undefined) await plot(values.plot, results);
