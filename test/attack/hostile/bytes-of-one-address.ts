/** Devices of one address that send the largest frames, each within its own limits: together they get no more bytes than their address may. */
import type { Attack } from '../attack.ts';
import { bytesOf, speakTogether, turnsWithin } from '../speakers.ts';

const DEVICES = 30;
const ADDRESS = '127.0.9.23';
/** A minute, of all of them. */
const LIMIT = 1_000_000;
const TURN = { packets: 10, frameBytes: 1_275 };

const attack: Attack = {
  does: `${DEVICES} devices of one address send frames of ${TURN.frameBytes} bytes, again and again; they count what is taken`,
  gateway: ['--open', '--limit', `bytesPerAddress=${LIMIT}`],
  defence: { limits: ['bytesPerAddress'] },
  run: (context) =>
    speakTogether(context, {
      devices: DEVICES,
      addressOf: () => ADDRESS,
      turn: TURN,
      mostTurns: turnsWithin(LIMIT, bytesOf(TURN), DEVICES),
      breach: `${LIMIT} bytes a minute may be sent, and far more were taken`,
    }),
};

export default attack;
