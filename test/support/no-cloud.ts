/**
 * A gateway's environment without a cloud: every device is accepted, and turns go to the test's recorder.
 */
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';

const EMPTY_QUEUE = {
  ...{ waiting: 0, limit: 1, bytes: 0, byteLimit: 1, dropped: 0, refused: 0, setAside: 0 },
  deadLetters: { waiting: 0, limit: 1, dropped: 0 },
};

export function withoutCloud(recorder: TurnRecorder): GatewayOptions['cloud'] {
  return {
    recorder: {
      ...recorder,
      observe: () => ({ onNewestConnection() {}, sent() {}, received() {}, toolUsed() {}, ended() {}, closed() {} }),
      stats: () => ({ queue: EMPTY_QUEUE, delivery: undefined }),
    },
    access: { admit: async () => ({ kind: 'open' }), knowPaired() {}, watch: () => () => {} },
    ready: new Promise(() => {}),
  };
}
