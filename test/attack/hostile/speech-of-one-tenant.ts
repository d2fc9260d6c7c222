/** Devices of one tenant that speak at line speed, each within its own limits: together they get no more than their tenant may. */
import type { Attack } from '../attack.ts';
import { secondsOf, speakTogether, turnsWithin } from '../speakers.ts';

const DEVICES = 30;
/** Seconds a minute, of all of them. */
const QUOTA_S = 60;
const TURN = { packets: 42, frameBytes: 80 };

const attack: Attack = {
  does: `${DEVICES} devices of one tenant, each at an address of its own, say ${secondsOf(TURN).toFixed(0)} s at line speed, again and again; they count what is taken`,
  tenant: 'noisy',
  gateway: ['--open', '--limit', `tenantSpeechSeconds=${QUOTA_S}`],
  defence: { limits: ['tenantSpeechSeconds'] },
  run: (context) =>
    speakTogether(context, {
      devices: DEVICES,
      addressOf: (device) => `127.0.9.${100 + device}`,
      turn: TURN,
      mostTurns: turnsWithin(QUOTA_S, secondsOf(TURN), DEVICES),
      breach: `${QUOTA_S} s a minute may be spoken, and far more were taken`,
    }),
};

export default attack;
