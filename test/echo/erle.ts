/** How much of the loudspeaker's echo a canceller removes in a simulated room (ERLE, echo return loss enhancement), and what that costs. */
import { Acoustics } from '../room/acoustics.ts';
import { anyRoom } from '../room/plans.ts';
import { openEchoTrial } from './echo-trial.ts';

/** At the microphone, against what is played. */
const ECHO_DB = -3;
const MICROPHONE_NOISE_DB = -75;

export interface ErleOptions {
  canceller: string;
  /** Of the room. Those from 101 on were not tuned with. */
  room: number;
  /** 16 kHz. */
  reply: Int16Array;
  /** From here on the canceller must have learnt the room. */
  learntS: number;
}

export async function erleInRoom({ canceller, room, reply, learntS }: ErleOptions) {
  const acoustics = new Acoustics({
    plan: anyRoom(room),
    loudspeaker: { echoDb: ECHO_DB, driftPpm: 0, drive: 0 },
    noise: { colour: 'pink', levelDb: MICROPHONE_NOISE_DB },
    seed: room,
  });
  const seconds = reply.length / 16_000;
  const trial = await openEchoTrial({ acoustics, canceller, seconds });
  const before = process.cpuUsage();
  await trial.play(reply);
  const { user, system } = process.cpuUsage(before);
  const erleDb = trial.reductionDb(learntS, seconds);
  const { isConverged } = trial.echo.state;
  trial.close();
  return { erleDb, isConverged, cpuMsPerSecond: (user + system) / 1_000 / seconds };
}
