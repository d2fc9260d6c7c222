/**
 * A gateway with its pages for the tests of the talk page: without a cloud, each turn that is recorded is counted frame by frame, and a
 * responder that answers with the utterance and has words for both sides, as an assistant has.
 */
import assert from 'node:assert/strict';
import { createGapMeter } from '../../actors/responder/gap-meter.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { withoutCloud } from '../support/no-cloud.ts';

/** A name of the gateway that a browser does not find secure. */
export const INSECURE_NAME = 'insecure.test';
export const QUESTION = 'What time is it?';
/** Its markup has to be shown, and nothing else be done with it. */
export const ANSWER = ['Half past <b>ten</b>,', '<img src=x onerror="document.title=1">in the morning.'];

export interface CountedTurn {
  id: string;
  offline: boolean;
  /** The number of each frame, as it was recorded. */
  sequences: number[];
}

export interface TalkGateway {
  /** Where the browser finds it. */
  url: string;
  recorded: CountedTurn[];
}

export const repeat: Responder = Object.assign(
  ((_turn, answer) => {
    const gap = createGapMeter();
    let frames = 0;
    return {
      hear({ timestamp, frames: heard, final }) {
        if (frames === 0 && heard.length > 0) answer.partial('what time');
        frames += heard.length;
        if (heard.length > 0) answer.prepare(heard, gap(timestamp, heard.length));
        if (!final) return;
        answer.processing(QUESTION);
        answer.caption(ANSWER[0] ?? '', 0);
        answer.caption(ANSWER[1] ?? '', 500);
        if (frames > 0) answer.begin();
        answer.finish();
      },
      abort() {},
    };
  }) satisfies Responder,
  { startsNothing: true },
);

export async function withTalkGateway(work: (gateway: TalkGateway) => Promise<void>): Promise<void> {
  const recorded: CountedTurn[] = [];
  await inTemporaryFolder(async (state) => {
    const gateway = await startGateway({
      host: '127.0.0.1',
      port: 0,
      responder: repeat,
      web: { state, publicUrl: new URL(`http://${INSECURE_NAME}`) },
      cloud: withoutCloud({
        has: (_device, id) => recorded.some((turn) => turn.id === id),
        async record({ id, offline, audio }) {
          const sequences: number[] = [];
          for await (const packets of audio.packets()) {
            for (const packet of packets) sequences.push(...packet.frames.map((_, i) => packet.sequence + i));
          }
          recorded.push({ id, offline, sequences });
        },
      }),
      log: silentLog,
    });
    try {
      await work({ url: `${gateway.url.replace('ws:', 'http:')}/talk/`, recorded });
    } finally {
      await gateway.close();
    }
  });
}

/** Each recorded turn has each of its frames once, in order. */
export function assertWhole({ recorded }: TalkGateway): void {
  for (const { id, sequences } of recorded) {
    assert.ok(sequences.length > 10, `${id} has ${sequences.length} frames`);
    assert.deepEqual(
      sequences,
      Array.from(sequences, (_, i) => i),
    );
  }
}
