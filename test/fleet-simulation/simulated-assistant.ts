/**
 * A responder that thinks for a while and repeats what was said, and that has what the assistant has beside its reply: messages of the
 * conversation, under the id of the turn.
 */
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import type { Clock } from '../../src/core/time/clock.ts';

const THINKING_MS = 300;

export interface SimulatedAssistantOptions {
  clock: Clock;
  recorder: CloudRecorder;
  /** It begins to answer. */
  onAnswer: (turnId: string) => void;
}

export function simulatedAssistant({ clock, recorder, onAnswer }: SimulatedAssistantOptions): Responder {
  const respond: Responder = ({ id, device }, answer) => {
    const heard: Uint8Array[] = [];
    const say = (role: 'person' | 'assistant', text: string) =>
      recorder.message(device.name, { turn: id, role, text, at: clock.wallNow() });
    return {
      hear({ frames, final }) {
        heard.push(...frames);
        if (!final) return;
        answer.processing('what was said');
        answer.scope.clock.setTimeout(() => {
          onAnswer(id);
          say('person', 'what was said');
          say('assistant', 'the same');
          answer.begin('the same');
          answer.say(heard);
          answer.finish();
        }, THINKING_MS);
      },
      abort() {},
    };
  };
  return Object.assign(respond, { startsNothing: true });
}
