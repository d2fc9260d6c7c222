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
import { eventually } from '../support/eventually.ts';
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
  /** How often the answer has the utterance. One that is interrupted must last longer than a slow machine takes for the interruption. */
  repetitions: number;
}

/** Answers with the utterance. */
function repeating(answers: { repetitions: number }): Responder {
  const responder: Responder = (_turn, answer) => {
    const gap = createGapMeter();
    const heardFrames: Uint8Array[] = [];
    return {
      hear({ timestamp, frames, final }) {
        if (heardFrames.length === 0 && frames.length > 0) answer.partial('what time');
        heardFrames.push(...frames);
        if (frames.length > 0) answer.prepare(frames, gap(timestamp, frames.length));
        if (!final) return;
        answer.processing(QUESTION);
        answer.caption(ANSWER[0] ?? '', 0);
        answer.caption(ANSWER[1] ?? '', 500);
        for (let i = 1; i < answers.repetitions; i++) answer.prepare([...heardFrames], 0);
        if (heardFrames.length > 0) answer.begin();
        answer.finish();
      },
      abort() {},
    };
  };
  return Object.assign(responder, { startsNothing: true });
}

export const repeat = repeating({ repetitions: 1 });

export async function withTalkGateway(work: (gateway: TalkGateway) => Promise<void>): Promise<void> {
  const recorded: CountedTurn[] = [];
  const talk: TalkGateway = { url: '', recorded, repetitions: 1 };
  await inTemporaryFolder(async (state) => {
    const gateway = await startGateway({
      host: '127.0.0.1',
      port: 0,
      responder: repeating(talk),
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
      talk.url = `${gateway.url.replace('ws:', 'http:')}/talk/`;
      await work(talk);
    } finally {
      await gateway.close();
    }
  });
}

/** The gateway records a turn when it has its end, which may be after the page has played the answer. */
export async function recordedTurns({ recorded }: TalkGateway, turns: number): Promise<void> {
  await eventually(() => recorded.length >= turns, `${turns} turns are recorded`);
  assert.equal(recorded.length, turns);
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
