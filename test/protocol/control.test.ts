/**
 * Control messages by example: which are accepted, ignored or refused, and with which reason.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeDeviceMessage, decodeGatewayMessage } from '../../src/protocol/control.ts';
import { TRIGGERS } from '../../src/protocol/triggers.ts';
import fc from '../support/fast-check.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const UUID = '01890a5d-ac96-474b-8ccc-b302099a8057';
const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 };
const LARGEST = 0xffff_ffff;
const LARGEST_WHOLE = 2 ** 53 - 1;
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** One valid message of each type, with all of its fields. */
const DEVICE = {
  hello: {
    type: 'hello',
    protocol: 1,
    device: { name: 'kitchen', model: 'm', software: 's' },
    audio: AUDIO,
    playback: { bufferMs: 600 },
    resume: { session: 's', turn: 1, downlinkNext: 0 },
    features: ['say', 'of-a-later-version'],
  },
  start: {
    type: 'turn.start',
    turn: 1,
    id: ID,
    trigger: 'key',
    startedAt: 1.5,
    offline: { recordedAt: 1 },
    announcement: UUID,
    patience: 'patient',
  },
  declined: { type: 'say.declined', id: UUID, reason: 'quiet-hours' },
  rang: { type: 'reminder.rang', id: UUID, outcome: 'stopped', lateMs: 1.5 },
  abort: { type: 'turn.abort', turn: 1, reason: 'barge-in' },
  playback: { type: 'playback', turn: 1, event: 'drained', playedMs: 1.5, underruns: 0, concealedMs: 0 },
  report: { type: 'report', figures: { a: 1, b: -1.5 } },
  turnReport: { type: 'turn.report', id: ID, latencyMs: { capture: 1, total: 2.5 } },
  mute: { type: 'mute', muted: true, by: 'person' },
  ack: { type: 'ack', turn: 1, next: 0 },
  ping: { type: 'ping', t0: 0 },
  bye: { type: 'bye', reason: '' },
};
const GATEWAY = {
  welcome: {
    type: 'welcome',
    session: 's',
    resumed: false,
    uplinkNext: 0,
    audio: AUDIO,
    limits: { maxMessageBytes: 65_536, maxTurnMs: 300_000 },
    serverTime: 1.5,
  },
  partial: { type: 'turn.partial', turn: 1, text: '' },
  hold: { type: 'listen.hold', turn: 1, holdMs: 1.5 },
  end: { type: 'listen.end', turn: 1, reason: 'no-speech' },
  caption: { type: 'reply.text', turn: 1, text: '', fromMs: 0 },
  processing: { type: 'turn.processing', turn: 1, transcript: '' },
  reply: { type: 'reply.start', turn: 1, audio: AUDIO, text: '' },
  done: { type: 'turn.done', turn: 1, id: ID, timing: { firstReceivedAtMs: 1 }, asks: true },
  stored: { type: 'turn.stored', turn: 1, id: ID, cloud: true },
  ack: { type: 'ack', turn: 1, next: 0 },
  settings: {
    type: 'settings',
    settings: {
      volumePercent: 1.5,
      bitrate: 6_000,
      bufferMs: 0,
      cachedReplies: ['a-1'],
      quietHours: { from: '22:00', to: '07:00' },
      listening: { mode: 'voice', followUpMs: 0, patience: 'normal', interruption: 'auto' },
    },
  },
  cached: { type: 'reply.cached', key: 'sorry', text: '', file: 'T2dnUw==' },
  control: { type: 'control', action: 'press' },
  say: { type: 'say', id: UUID, text: 'x', priority: 'urgent', expiresInMs: 1.5 },
  reminders: { type: 'reminders', now: 1.5, reminders: [{ id: UUID, kind: 'alarm', label: '', at: 1 }] },
  speech: { type: 'reminder.speech', id: UUID, text: 'x', file: 'T2dnUw==' },
  pending: { type: 'pair.pending', code: '000000', expiresAt: 1 },
  approved: { type: 'pair.approved', token: 'x'.repeat(32) },
  pong: { type: 'pong', t0: 0, t1: 0, t2: 0 },
  goaway: { type: 'goaway', afterMs: 0, spreadMs: 0 },
  error: { type: 'error', code: 'c', message: 'm', turn: 1, retryable: true, supported: [1] },
  bye: { type: 'bye', reason: '' },
};
const ENDS = [
  { decode: decodeDeviceMessage, messages: Object.values(DEVICE) },
  { decode: decodeGatewayMessage, messages: Object.values(GATEWAY) },
];

/** The message with one field (`a.b`) replaced, or omitted when undefined. */
function changed(message: object, path: string, value: unknown): object {
  const [first = '', ...rest] = path.split('.');
  const fields = message as Record<string, unknown>;
  return { ...fields, [first]: rest.length > 0 ? changed(fields[first] as object, rest.join('.'), value) : value };
}

describe('device or gateway may be newer', () => {
  for (const { decode, messages } of ENDS) {
    for (const message of messages) {
      test(`${message.type}: unknown fields are dropped`, () => {
        assert.deepEqual(decode(JSON.stringify({ ...message, mood: 'good' })), { ok: true, message });
      });
    }
  }

  test('unknown fields of objects inside are dropped, too', () => {
    const decoded = decodeDeviceMessage(JSON.stringify(changed(DEVICE.hello, 'device.mood', 'good')));
    assert.deepEqual(decoded, { ok: true, message: DEVICE.hello });
  });

  test('a message of an unknown type is distinguished from a malformed one', () => {
    for (const type of ['telepathy', '', 'x'.repeat(10_000), 'toString', '__proto__']) {
      for (const { decode } of ENDS) {
        const decoded = decode(JSON.stringify({ type, turn: 'x' }));
        assert.ok(!decoded.ok && decoded.kind === 'unknown');
        assert.ok(decoded.reason.length < 100);
      }
    }
  });

  test('so is a message of the other direction', () => {
    for (const [decode, message] of [
      [decodeDeviceMessage, GATEWAY.welcome],
      [decodeGatewayMessage, DEVICE.hello],
    ] as const) {
      const decoded = decode(JSON.stringify(message));
      assert.ok(!decoded.ok && decoded.kind === 'unknown');
    }
  });
});

describe('ranges', () => {
  const taken: [object, string, unknown[]][] = [
    [DEVICE.hello, 'protocol', [0, 2]],
    [DEVICE.hello, 'device.name', ['x', 'x'.repeat(128)]],
    [DEVICE.hello, 'device.model', [undefined, '', 'x'.repeat(4_096)]],
    [DEVICE.hello, 'device.name', ['ä ✓ 👩‍👩‍👧', '-']],
    [DEVICE.hello, 'device.software', ['two\nlines']],
    [DEVICE.hello, 'audio.codec', ['opus', 'pcm']],
    [DEVICE.hello, 'audio.framesPerPacket', [1, 6]],
    [DEVICE.hello, 'playback.bufferMs', [0, 0.5, 60_000]],
    [DEVICE.hello, 'resume', [undefined]],
    [DEVICE.start, 'turn', [1, LARGEST]],
    [DEVICE.start, 'startedAt', [0, 0.5, LATEST]],
    [DEVICE.start, 'offline.recordedAt', [0, LATEST]],
    [DEVICE.start, 'trigger', [...Object.keys(TRIGGERS), 'wake-word', '2', 'x'.repeat(64)]],
    [DEVICE.start, 'offline', [undefined]],
    [DEVICE.abort, 'reason', ['barge-in', 'cancelled', 'error']],
    [DEVICE.playback, 'event', ['started', 'underrun', 'drained', 'aborted']],
    [DEVICE.playback, 'underruns', [undefined, LARGEST]],
    [
      DEVICE.report,
      'figures',
      [{}, { ['x'.repeat(64)]: 1 }, { 'dropped.socket backlog': 1, '1': -LARGEST_WHOLE, a_$: 0 }],
    ],
    [DEVICE.report, 'figures', [Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`f${i}`, i]))]],
    [DEVICE.turnReport, 'latencyMs', [{}, { packetFill: 0, jitterBuffer: 1 }, { total: LARGEST }]],
    [DEVICE.ack, 'next', [0, LARGEST]],
    [GATEWAY.stored, 'cloud', [undefined, false]],
    [GATEWAY.settings, 'settings', [{}, { volumePercent: 0 }, { volumePercent: 100 }, { bitrate: 64_000 }]],
    [GATEWAY.settings, 'settings.cachedReplies', [[], Array(20).fill('a')]],
    [GATEWAY.cached, 'key', ['0', 'a'.repeat(64)]],
    [DEVICE.hello, 'features', [undefined, [], Array(32).fill('a')]],
    [DEVICE.mute, 'by', [undefined, 'gateway']],
    [GATEWAY.control, 'action', ['press', 'release', 'cancel', 'mute', 'unmute']],
    [DEVICE.start, 'announcement', [undefined, ID]],
    [DEVICE.start, 'patience', [undefined, 'quick', 'normal', 'patient']],
    [GATEWAY.hold, 'holdMs', [0, 0.5, 2_000]],
    [GATEWAY.end, 'reason', ['finished', 'no-speech']],
    [DEVICE.rang, 'outcome', ['stopped', 'unanswered', 'failed']],
    [GATEWAY.say, 'text', ['x'.repeat(1_000), '✓']],
    [GATEWAY.say, 'expiresInMs', [0, LARGEST]],
    [
      GATEWAY.reminders,
      'reminders',
      [[], Array(50).fill({ id: UUID, kind: 'timer', label: 'x'.repeat(100), at: LATEST })],
    ],
    [GATEWAY.settings, 'settings.quietHours', [undefined, { from: '00:00', to: '23:59' }]],
    [GATEWAY.settings, 'settings.listening', [undefined, {}, { mode: 'wake', followUpMs: 60_000 }]],
    [GATEWAY.approved, 'token', ['_-'.repeat(128)]],
    [GATEWAY.error, 'supported', [undefined, []]],
  ];
  const refused: [object, string, unknown[]][] = [
    [DEVICE.hello, 'protocol', [undefined, 1.5, '1']],
    [DEVICE.hello, 'protocol', [-1, 1e300]],
    [DEVICE.hello, 'device.name', [undefined, '', 'x'.repeat(129), 1]],
    [DEVICE.hello, 'device.name', ['a\nb', 'a\u001b[31m', 'a\u0000', 'a\u2028b', 'a\u202eb', 'half \ud83d']],
    [DEVICE.hello, 'device.model', [null, 'x'.repeat(4_097), 'half \udc00']],
    [DEVICE.hello, 'audio.codec', ['mp3']],
    [DEVICE.hello, 'audio.sampleRateHz', [48_000]],
    [DEVICE.hello, 'audio.channels', [2]],
    [DEVICE.hello, 'audio.frameMs', [60]],
    [DEVICE.hello, 'audio.framesPerPacket', [0, 7, 1.5]],
    [DEVICE.hello, 'playback.bufferMs', [undefined, -1, 60_001]],
    [DEVICE.hello, 'resume.session', ['', 'a\nb']],
    [DEVICE.hello, 'resume.turn', [0]],
    [DEVICE.start, 'turn', [undefined, 0, -1, 1.5, 2 ** 32, '1']],
    [DEVICE.start, 'id', [undefined, 'x', '', ID.toUpperCase(), `${ID}\n`, ` ${ID}`]],
    [DEVICE.start, 'id', ['f47ac10b-58cc-4372-a567-0e02b2c3d479', '01890a5d-ac96-774b-0cce-b302099a8057']],
    [DEVICE.start, 'trigger', [undefined, 1, '', 'Key', '-key', 'a key', 'key\n', 'x'.repeat(65)]],
    [DEVICE.start, 'startedAt', [-1, '1', null, LATEST + 1, 1e300]],
    [DEVICE.start, 'offline.recordedAt', [undefined, -1, LATEST + 1, 1e300]],
    [DEVICE.abort, 'reason', [undefined, 'bored']],
    [DEVICE.playback, 'event', ['paused']],
    [DEVICE.playback, 'playedMs', [undefined, -1, LARGEST + 1]],
    [DEVICE.playback, 'concealedMs', [-1, 1e300]],
    [DEVICE.playback, 'underruns', [-1, 0.5]],
    [DEVICE.report, 'figures', [undefined, { a: 'b' }, { ['x'.repeat(65)]: 1 }]],
    [DEVICE.report, 'figures', [{ $bad: 1 }, { _bad: 1 }, { '': 1 }, { ä: 1 }, { 'a\n': 1 }, { ' a': 1 }]],
    [DEVICE.report, 'figures', [{ a: 1e300 }, { a: -1e300 }]],
    [DEVICE.report, 'figures', [Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`f${i}`, i]))]],
    [DEVICE.turnReport, 'id', [ID.toUpperCase()]],
    [DEVICE.turnReport, 'latencyMs', [undefined, { total: -1 }, { total: LARGEST + 1 }]],
    [DEVICE.ack, 'next', [-1, 0.5, 2 ** 32]],
    [DEVICE.ack, 'lateMs', [-1, 1e300]],
    [DEVICE.ping, 't0', [undefined, -1, 1e300]],
    [DEVICE.bye, 'reason', [undefined, 'x'.repeat(4_097)]],
    [GATEWAY.welcome, 'resumed', [undefined, 1]],
    [GATEWAY.welcome, 'limits.maxTurnMs', [undefined, 1e300]],
    [GATEWAY.welcome, 'serverTime', [1e300]],
    [GATEWAY.done, 'asks', [1, 'yes', null]],
    [GATEWAY.done, 'timing.firstReceivedAtMs', [1e300]],
    [GATEWAY.processing, 'transcript', ['x'.repeat(4_097), 'half \ud83d']],
    [GATEWAY.goaway, 'afterMs', [1e300]],
    [GATEWAY.goaway, 'spreadMs', [-1, 1e300]],
    [GATEWAY.settings, 'settings.volumePercent', [-1, 101]],
    [GATEWAY.settings, 'settings.bitrate', [5_999, 64_001, 6_000.5]],
    [GATEWAY.settings, 'settings.bufferMs', [-1, 3_001]],
    [GATEWAY.settings, 'settings.cachedReplies', [Array(21).fill('a'), ['../x']]],
    [GATEWAY.cached, 'key', ['', '-a', 'A', 'a/b', 'a'.repeat(65)]],
    [GATEWAY.cached, 'file', ['?']],
    [GATEWAY.pending, 'code', ['12345', '1234567', '12345a']],
    [DEVICE.hello, 'features', ['say', Array(33).fill('a'), [''], ['-a'], ['A']]],
    [DEVICE.mute, 'muted', [undefined, 1, 'yes']],
    [DEVICE.mute, 'by', ['operator', null]],
    [GATEWAY.control, 'action', [undefined, '', 'reboot', ['press']]],
    [DEVICE.start, 'announcement', ['x', UUID.toUpperCase(), '../../x']],
    [DEVICE.start, 'patience', ['', 'Quick', 1, null]],
    [GATEWAY.hold, 'holdMs', [undefined, -1, 2_001, 1e300, '1']],
    [GATEWAY.end, 'reason', [undefined, 'bored']],
    [DEVICE.declined, 'reason', [undefined, 'bored']],
    [DEVICE.rang, 'lateMs', [undefined, -1, 1e300]],
    [GATEWAY.say, 'text', [undefined, '', ' \n', 'x'.repeat(1_001), 'half \ud83d']],
    [GATEWAY.say, 'expiresInMs', [undefined, -1, LARGEST + 1]],
    [GATEWAY.reminders, 'reminders', [undefined, Array(51).fill({ id: UUID, kind: 'timer', label: '', at: 1 })]],
    [GATEWAY.reminders, 'reminders', [[{ id: '../x', kind: 'timer', label: '', at: 1 }]]],
    [GATEWAY.reminders, 'reminders', [[{ id: UUID, kind: 'timer', label: 'x'.repeat(101), at: 1 }]]],
    [
      GATEWAY.settings,
      'settings.listening',
      [{ mode: 'always' }, { followUpMs: 60_001 }, { followUpMs: 0.5 }, { patience: '' }, { interruption: true }],
    ],
    [
      GATEWAY.settings,
      'settings.quietHours',
      [
        { from: '24:00', to: '07:00' },
        { from: '7:00', to: '07:60' },
      ],
    ],
    [GATEWAY.approved, 'token', ['x'.repeat(31), 'x'.repeat(257), `${'x'.repeat(32)}\n`]],
    [GATEWAY.error, 'code', ['', 'a\nb']],
    [GATEWAY.error, 'supported', [Array(17).fill(1)]],
  ];
  const decoderOf = (message: object) =>
    Object.values(DEVICE).includes(message as never) ? decodeDeviceMessage : decodeGatewayMessage;
  const typeOf = (message: object) => (message as { type: string }).type;

  for (const [message, path, values] of taken) {
    test(`${typeOf(message)}: ${path} is accepted at its limits`, () => {
      for (const value of values) {
        const decoded = decoderOf(message)(JSON.stringify(changed(message, path, value)));
        assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason);
      }
    });
  }
  for (const [message, path, values] of refused) {
    test(`${typeOf(message)}: ${path} is refused beyond them, by its name`, () => {
      for (const value of values) {
        const decoded = decoderOf(message)(JSON.stringify(changed(message, path, value)));
        assert.ok(!decoded.ok && decoded.kind === 'invalid', `taken: ${JSON.stringify(value)}`);
        assert.ok(decoded.reason.startsWith(`${typeOf(message)}: ${path}`), decoded.reason);
      }
    });
  }

  test('an infinite number is refused', () => {
    for (const text of ['{"type":"ping","t0":1e999}', '{"type":"report","figures":{"a":1e999}}']) {
      const decoded = decodeDeviceMessage(text);
      assert.ok(!decoded.ok && decoded.kind === 'invalid', text);
    }
  });

  test('the error for a malformed message is short, however long the message is', () => {
    for (const long of ['x'.repeat(60_000), '👍'.repeat(15_000)]) {
      for (const message of [
        changed(DEVICE.start, 'trigger', long),
        changed(DEVICE.report, 'figures', { [long]: 1 }),
      ]) {
        const decoded = decodeDeviceMessage(JSON.stringify(message));
        assert.ok(!decoded.ok && decoded.reason.length <= 256, `${decoded.ok || decoded.reason.length}`);
        assert.ok(!/\p{Surrogate}/u.test(decoded.reason));
      }
    }
  });
});

describe('invalid text', () => {
  for (const text of ['', 'null', '1', '"hello"', '[]', '{}', '{"type":1}', '{"type":"ping","t0":1', '\u0000']) {
    test(`${JSON.stringify(text)} is refused, with a reason`, () => {
      for (const { decode } of ENDS) {
        const decoded = decode(text);
        assert.ok(!decoded.ok && decoded.kind === 'invalid' && decoded.reason.length > 0);
      }
    });
  }

  test('gives no exception at any nesting depth', () => {
    for (const { decode } of ENDS) {
      assert.equal(decode('['.repeat(60_000)).ok, false);
      assert.equal(decode(`{"type":"report","figures":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`).ok, false);
    }
  });

  test('gives a message or a reason', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const { decode } of ENDS) {
          const decoded = decode(text);
          assert.ok(decoded.ok || decoded.reason.length > 0);
        }
      }),
    );
  });

  test('a message with any value for a field gives a message or a reason', () => {
    for (const { decode, messages } of ENDS) {
      const places = messages.flatMap((message) => Object.keys(message).map((field) => ({ message, field })));
      fc.assert(
        fc.property(fc.constantFrom(...places), fc.jsonValue(), ({ message, field }, value) => {
          const decoded = decode(JSON.stringify({ ...message, [field]: value }));
          assert.ok(decoded.ok || decoded.reason.length > 0);
        }),
        { numRuns: 300 },
      );
    }
  });
});
