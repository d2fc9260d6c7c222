/** What listening costs beside an open microphone: processor time of the listener, in virtual time. */

import { defineListener } from '../../../actors/listening/listener.ts';
import { createMuteGate } from '../../../actors/listening/mute-gate.ts';
import { createSharedMicrophone } from '../../../actors/listening/shared-microphone.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import { runActor } from '../../../src/core/actor/run-actor.ts';
import type { ListenerContract } from '../../../src/core/contracts/index.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { LIVING_ROOM } from '../../room/plans.ts';
import { createRoom } from '../../room/room.ts';
import { testScope } from '../../support/test-scope.ts';
import { createVirtualClock } from '../../support/virtual-clock.ts';
import type { BenchContext } from './context.ts';
import type { Row } from './row.ts';

const MINUTES = 10;
const ROUNDS = 5;
const LOUDSPEAKER = { echoDb: -6, driftPpm: 0, drive: 0 };

export async function listeningCost({ seed, isQuick, onProgress }: BenchContext): Promise<Row[]> {
  const minutes = isQuick ? 1 : MINUTES;
  const [bare, listening]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bare?.push(await openMicrophoneCost(minutes, seed));
    listening?.push(await listenerCost(minutes, seed));
    onProgress('cost of listening', (round + 1) / ROUNDS);
  }
  const added = median(listening ?? []) - median(bare ?? []);
  return [
    {
      ...{ name: 'listening, voice, quiet room: added', measured: added, unit: 'ms CPU a second', goal: { atMost: 1 } },
      detail: `an open microphone and its room take ${median(bare ?? []).toFixed(2)} ms; ${ROUNDS} rounds of ${minutes} simulated minutes, medians`,
    },
  ];
}

async function openMicrophoneCost(minutes: number, seed: number): Promise<number> {
  const { clock, room } = quietRoom(seed);
  const scope = testScope(clock);
  const microphone = await room.openMicrophone({ onSamples() {}, onEnd() {}, onOverflow() {}, onLost() {} }, scope);
  const ms = await cost(minutes, clock.run);
  microphone.close();
  scope.end();
  return ms;
}

async function listenerCost(minutes: number, seed: number): Promise<number> {
  const { clock, room } = quietRoom(seed);
  const gate = createMuteGate(room.openMicrophone);
  const microphone = createSharedMicrophone({ openMicrophone: gate.open, clock, log: silentLog });
  const definition = defineListener({ microphone, gate, openVoiceDetector, loadNewId: async () => () => 'none' });
  const actor = runActor<ListenerContract>(
    'listener',
    definition,
    { clock, log: silentLog },
    () => {},
    (error) => {
      throw error;
    },
  );
  actor.receive({ type: 'listener.open' });
  actor.receive({ type: 'listener.attend', to: 'speech', patience: 'normal' });
  await clock.run(100);
  const ms = await cost(minutes, clock.run);
  actor.stop();
  return ms;
}

function quietRoom(seed: number) {
  const clock = createVirtualClock();
  const room = createRoom({
    clock,
    plan: LIVING_ROOM,
    loudspeaker: LOUDSPEAKER,
    noise: { colour: 'white', levelDb: -65 },
    seed,
  });
  return { clock, room };
}

async function cost(minutes: number, run: (ms: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await run(minutes * 60_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (minutes * 60);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
