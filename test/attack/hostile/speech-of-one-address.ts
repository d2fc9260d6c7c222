/** Devices of one address that speak at line speed, each within its own limits: together they get no more seconds than their address may. */
import type { Attack } from '../attack.ts';
import { secondsOf, speakTogether, turnsWithin } from '../speakers.ts';

const DEVICES = 30;
const ADDRESS = '127.0.9.22';
/** A minute, of all of them. */
const LIMIT = 60;
const TURN = { packets: 42, frameBytes: 80 };

const attack: Attack = {
  does: `${DEVICES} devices of one address say ${secondsOf(TURN).toFixed(0)} s at line speed, again and again; they count what is taken`,
  gateway: ['--open', '--limit', `speechSecondsPerAddress=${LIMIT}`],
  defence: { limits: ['speechSecondsPerAddress'] },
  run: (context) =>
    speakTogether(context, {
      devices: DEVICES,
      addressOf: () => ADDRESS,
      turn: TURN,
      mostTurns: turnsWithin(LIMIT, secondsOf(TURN), DEVICES),
      breach: `${LIMIT} s a minute may be spoken, and far more were taken`,
    }),
};

export default attack;
