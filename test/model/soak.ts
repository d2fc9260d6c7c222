/**
 * `npm run test:soak`: random histories on all machines, and conversations in virtual time, seed after seed until it is stopped.
 * Prints rates, and stops at the first failure with the data to reproduce it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runConversations, startVirtualSystem } from './virtual-system.ts';

const INVARIANTS = fileURLToPath(new URL('./invariants.test.ts', import.meta.url));
const HISTORIES = 500;
const CONVERSATIONS = 25;

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

const startedMs = performance.now();
let histories = 0;
let conversations = 0;
let frames = 0;

for (let seed = Number(process.argv[2] ?? Date.now() % 1e6); !stopped; seed++) {
  const env = { ...process.env, EARSHOT_MODEL_SEED: String(seed), EARSHOT_MODEL_RUNS: String(HISTORIES) };
  const run = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', INVARIANTS], { env });
  const [output, [code]] = await Promise.all([text(run.stdout), once(run, 'close')]);
  if (stopped) break;
  if (code !== 0) fail(`EARSHOT_MODEL_SEED=${seed} npm run test:model`, output);
  histories += HISTORIES;

  const line = startVirtualSystem(seed);
  try {
    await runConversations(line, seed, CONVERSATIONS);
    for (const { turn, id, outcome } of line.records) {
      if (outcome === 'cancelled' || outcome === 'no-audio') continue;
      const encoded = line.encodedFrames.get(turn) ?? [];
      const recordedFrames = line.recorded.get(id) ?? [];
      if (encoded.join() !== recordedFrames.join())
        throw new Error(`${id}: ${encoded.length} frames encoded, ${recordedFrames.length} recorded`);
      frames += encoded.length;
    }
  } catch (error) {
    fail(`npm run test:soak -- ${seed}`, `${error}\n${line.trace.slice(-40).join('\n')}`);
  } finally {
    line.stop();
  }
  conversations += CONVERSATIONS;
  const minutes = (performance.now() - startedMs) / 60_000;
  const rate = (count: number) => `${count} (${Math.round(count / minutes)}/min)`;
  process.stdout.write(
    `seed ${seed}: ${rate(histories)} histories, ${rate(conversations)} conversations, ${rate(frames)} frames, no failure\n`,
  );
}

function fail(again: string, what: string): never {
  process.stdout.write(`FAILED; to repeat it: ${again}\n${what}\n`);
  process.exit(1);
}
