/** What a person is told of a finished turn: also of one in which nobody spoke. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TurnRecord } from '../../machines/turn-record.ts';
import { describeTurn } from '../../src/cli/terminal/turn-summary.ts';
import type { PlaybackSummary } from '../../src/core/contracts/index.ts';

const PLAYED: PlaybackSummary = {
  ...{ frames: 55, playedMs: 1_100, outMs: 1_100, underruns: 0, concealedMs: 0 },
  ...{ lateFrames: 0, droppedFrames: 0, delayMs: 20 },
};
const record = (changes: Partial<TurnRecord>): TurnRecord => ({
  ...{ turn: 1, id: 'a', trigger: 'key', startedAtMs: 0, states: ['idle'], outcome: 'done', roundTripMs: 1 },
  ...changes,
});

test('an announcement sent no speech, and has no latency', () => {
  const uplink = { packets: 1, bytes: 13 };
  const playbackStart = { atMs: 1, bufferedMs: 1, decodeMs: 1, outputLatencyMs: 40 };
  const lines = describeTurn(
    record({ trigger: 'announcement', uplink, playbackStart, playback: PLAYED, replyText: 'Dinner is ready' }),
  );
  assert.deepEqual(lines, [
    'announcement done: played 1.1 s of reply (0 underruns, 0 ms concealed)',
    'reply: Dinner is ready',
  ]);
});

test('of a ring that a person stopped nobody knows how much was played', () => {
  const lines = describeTurn(record({ trigger: 'reminder', replyText: 'Your timer is done.' }));
  assert.deepEqual(lines, ['reminder done', 'reply: Your timer is done.']);
});

test('a turn that was spoken has its figures and its latency, and one packet is one packet', () => {
  const uplink = { packets: 1, bytes: 622 };
  const encoder = { frames: 2, packets: 1, bytes: 600, encodeMs: 0.1, packetFillMs: 20, droppedFrames: 0 };
  const [first, ...rest] = describeTurn(
    record({ uplink, encoder, playback: { ...PLAYED, underruns: 1 }, transcript: 'Hello.', replyText: 'Hello!' }),
  );
  assert.equal(
    first,
    'turn done: sent 0.0 s of speech (1 packet, 622 bytes), played 1.1 s of reply (1 underrun, 0 ms concealed)',
  );
  assert.deepEqual(rest.slice(0, 3), ['you: Hello.', 'reply: Hello!', '  stage                ms    budget']);
});
