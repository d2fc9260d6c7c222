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
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { chart, commandOptions, count, someOf, text } from '../../support/command-options.ts';
import { measureAtOnce } from './at-once.ts';
import { measureEmbedded } from './embedded.ts';
import { plot } from './plot.ts';
import { spokenQuestions } from './questions.ts';
import { type AssistantResults, tables } from './results.ts';
import { measureWithPeer, WARM_UP_TURNS } from './with-peer.ts';

const options = commandOptions('npm run bench:assistant', "The assistant's delays and their floors.", {
  parts: someOf(['embedded', 'peer', 'at-once'], 'what is measured'),
  turns: count('of the embedded assistant, and of the one with a peer', 30),
  devices: count('of the part at-once', 10),
  seconds: count('of the part at-once', 60),
  json: text('file', 'stores the figures'),
  plot: chart('draws them'),
});
const { parts } = options;

const progress = createProgress();
const onStep = (what: string) => progress.update(what, undefined);
const questions = await spokenQuestions(options.turns);
const results: AssistantResults = {};
if (parts.includes('embedded')) {
  results.embedded = await measureEmbedded(questions, onStep, (share) => progress.update('embedded', share));
}
if (parts.includes('peer')) {
  const asked = [...questions.slice(-WARM_UP_TURNS), ...questions];
  results.peer = await measureWithPeer(asked, (share) => progress.update('peer', share));
}
if (parts.includes('at-once')) {
  results.atOnce = await measureAtOnce(options.devices, options.seconds, onStep);
}
progress.end();
for (const line of tables(results)) process.stdout.write(`${line}\n`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
if (options.plot !== undefined) await plot(options.plot, results);
