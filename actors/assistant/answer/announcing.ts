/**
 * A turn in which the gateway speaks first: there is nothing to recognise, and the answer is known.
 */
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import type { TranscriptionContract } from '../../../src/core/contracts/index.ts';
import type { Answer } from '../../responder/responder.ts';
import type { Brain } from '../parts/brain.ts';

export function defineNoTranscription(answer: Pick<Answer, 'processing'>): ActorDefinition<TranscriptionContract> {
  return ({ send }) => ({
    receive() {
      answer.processing();
      send({ type: 'transcription.passed' });
    },
    stop() {},
  });
}

export function announcingBrain(text: string): Brain {
  return {
    async *answer() {
      yield { type: 'text', text };
    },
    async close() {},
  };
}
