/** Devices of one address that begin one short turn after the other, each as many as it may: together they get no more than their address may. */
import type { Attack } from '../attack.ts';
import { speakTogether, turnsWithin } from '../speakers.ts';

const DEVICES = 30;
const ADDRESS = '127.0.9.24';
/** A minute, of all of them. */
const LIMIT = 60;
const TURN = { packets: 1, frameBytes: 80 };

const attack: Attack = {
  does: `${DEVICES} devices of one address begin one turn after the other; they count what is taken`,
  gateway: ['--open', '--limit', `turnsPerAddress=${LIMIT}`],
  defence: { limits: ['turnsPerAddress'] },
  run: (context) =>
    speakTogether(context, {
      devices: DEVICES,
      addressOf: () => ADDRESS,
      turn: TURN,
      mostTurns: turnsWithin(LIMIT, 1, DEVICES),
      breach: `${LIMIT} turns a minute may begin, and far more were taken`,
    }),
};

export default attack;
