/**
 * `npm run bench:unit-memory`: the memory of a daemon in each mode, with all that can be in its process, beside the limit of the systemd unit.
 *
 *     npm run bench:unit-memory -- [--minutes 10] [--json]
 *
 * The daemons run turns in both directions without a pause, at the same time, with a card in software. They are this clone's: the device's build
 * has no wake word engine. Its models are needed: `earshot models fetch wake:hey_jarvis --accept-licence`. The exit code is 1 when one needs more than the limit.
 * The daemons run with the `node` of PATH: newer versions need more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { commandOptions, count, flag } from '../support/command-options.ts';
import { testModelsFolder } from '../support/models.ts';
import { unitMemory } from '../support/unit-memory.ts';
import { here, script, startTogether, talker } from './children.ts';
import { memoryOf } from './counters.ts';
import { makePlainCards } from './plain-cards.ts';
import { startSecureGateway } from './secure-gateway.ts';

const SAMPLE_SECONDS = 2;
const CANCELLER = ['--echo-canceller', 'speex'];
const MODES: Record<string, string[]> = {
  push: [],
  voice: ['--mode', 'voice', ...CANCELLER],
  wake: ['--mode', 'wake', '--wake-word', 'openwakeword:hey_jarvis', ...CANCELLER],
};

interface Need {
  mode: string;
  threads: string;
  anonymousMb: number;
  residentMb: number;
  /** The most of all samples. */
  peakMb: number;
}

const options = commandOptions(
  'npm run bench:unit-memory',
  'The memory of a daemon in each mode, beside the limit of the unit.',
  {
    minutes: count('of talk', 10),
    json: flag('prints JSON'),
  },
);
const cards = makePlainCards();
if (!cards) throw new Error('a card in software needs gcc and libasound2-dev');
const progress = createProgress();
const needs: Need[] = [];
try {
  await inTemporaryFolder(async (folder) => {
    const gateway = await startSecureGateway(folder, 'echo');
    const { start, stopAll } = startTogether();
    try {
      await start(script('./play-speech.ts', ['mouth'], cards.env)).says(/speaking/);
      const program = here('../../bin/earshot');
      const env = { ...cards.env, EARSHOT_MODELS: testModelsFolder };
      const daemons = Object.entries(MODES).flatMap(([mode, given]) =>
        ['two', 'one'].map((threads) => {
          const args = ['--device', 'line', '--threads', threads, ...given];
          needs.push({ mode, threads, anonymousMb: 0, residentMb: 0, peakMb: 0 });
          return start(talker({ ...gateway, ...{ folder, program, env, args, name: `${mode}-${threads}` } }));
        }),
      );
      await Promise.all(daemons.map((each) => each.says(/ connected/)));
      const samples = Math.round((options.minutes * 60) / SAMPLE_SECONDS);
      for (let sample = 1; sample <= samples; sample++) {
        await sleep(SAMPLE_SECONDS * 1_000);
        for (const [i, { pid }] of daemons.entries()) {
          const need = needs[i];
          if (need) Object.assign(need, memoryOf(pid), { peakMb: Math.max(need.peakMb, memoryOf(pid).residentMb) });
        }
        progress.update('memory', sample / samples);
      }
    } finally {
      await stopAll();
      await gateway.stop();
    }
  });
} finally {
  cards.remove();
  progress.end();
}

const { highMb, maxMb } = unitMemory();
const say = (line: string) => void process.stdout.write(`${line}\n`);
if (options.json) say(JSON.stringify({ node: process.version, minutes: options.minutes, highMb, maxMb, needs }));
else {
  say(`Node ${process.version}, ${options.minutes} minutes; the unit's limits are ${highMb} and ${maxMb} MB`);
  for (const { mode, threads, anonymousMb, residentMb, peakMb } of needs) {
    const figures = [anonymousMb, residentMb, peakMb].map((mb) => mb.toFixed(0)).join(' / ');
    say(`${mode}, threads ${threads}: ${figures} MB anonymous / resident / most resident`);
  }
}
if (needs.some(({ peakMb }) => peakMb > highMb)) process.exitCode = 1;
