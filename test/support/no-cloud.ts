/**
 * A gateway's surroundings without a cloud: everybody is let in, and turns go where the test wants them.
 */
import type { Recorder } from '../../actors/session/recorder.ts';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';

export function withoutCloud(recorder: Recorder): GatewayOptions['cloud'] {
  return {
    recorder: {
      ...recorder,
      observe: () => ({ sent() {}, received() {}, ended() {}, closed() {} }),
      stats: () => ({ queue: { waiting: 0, limit: 1, bytes: 0, dropped: 0, damaged: 0 }, delivery: undefined }),
    },
    access: { admit: async () => ({ kind: 'open' }), watch: () => () => {} },
    ready: new Promise(() => {}),
  };
}
