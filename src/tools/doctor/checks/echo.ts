/**
 * Whether a reply can be interrupted by voice on this board: how much of the speaker is removed from the microphone.
 */
import { type Check, type CheckFinding, ok, skip, warn } from './check.ts';
import type { EchoProbe } from './system.ts';

export const echoRemoval: Check = {
  name: 'echo',
  async run(system) {
    const listed = await system.probe('devices');
    if (!listed.ok || listed.value.microphone === null || listed.value.speaker === null) {
      return [skip('no microphone and speaker to test')];
    }
    const measured = await system.probe('echo');
    if (!measured.ok) return [warn(measured.error.message, measured.error.hint)];
    return [measured.value === null ? skip('not measured: nothing may be played') : judge(measured.value)];
  },
};

function judge({ canceller, why, isMissing, isConverged, erleDb, isHeard, delayMs }: EchoProbe): CheckFinding {
  if (isMissing) return warn('a reply cannot be interrupted by voice (half duplex): no echo canceller', why);
  if (canceller === 'none') return ok(`half duplex, a reply cannot be interrupted by voice: ${why}`);
  if (!isHeard) {
    const hint = 'Is a speaker connected and turned up? With headphones there is no echo: --interruption on.';
    return warn('the microphone does not pick up the speaker: there is no echo to measure', hint);
  }
  const removed = `${canceller} removes ${erleDb.toFixed(0)} dB of the echo, which arrives ${delayMs.toFixed(0)} ms late`;
  if (isConverged) return ok(`a reply can be interrupted by voice: ${removed}`);
  const hint = 'Turn the speaker down, or move it away from the microphone: a distorted echo cannot be removed.';
  return warn(`a reply cannot be interrupted by voice (half duplex): ${removed}`, hint);
}
