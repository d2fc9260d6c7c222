/**
 * The talk page without a browser: what it shows for each sequence of events, what it says, what it remembers.
 */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import * as icons from '../../src/pages/design/icons.ts';
import { EXPLANATIONS } from '../../src/pages/talk/model/explanations.ts';
import {
  INITIAL_STATE,
  type PageEvent,
  type PageState,
  reduce,
  TURNS_SHOWN,
} from '../../src/pages/talk/model/page-state.ts';
import {
  describeBrowser,
  deviceNameIn,
  loadPreferences,
  savePreferences,
} from '../../src/pages/talk/model/preferences.ts';
import { createPress } from '../../src/pages/talk/model/press.ts';
import {
  explain,
  lineText,
  linkStatus,
  microphoneText,
  noticeIcon,
  offeredText,
  spokenText,
  talkLabel,
  turnNote,
  unsentText,
} from '../../src/pages/talk/model/words.ts';
import fc from '../support/fast-check.ts';

const START: PageState = {
  ...INITIAL_STATE,
  link: { state: 'connected' },
  preferences: loadPreferences(undefined, 'Chrome on Linux 4f2a'),
};

function after(...events: PageEvent[]): PageState {
  return events.reduce(reduce, START);
}

const turn = (id: string, isAnnouncement = false): PageEvent => ({ type: 'turn', id, atMs: 0, isAnnouncement });

describe('turns', () => {
  it('shows both sides as they come, and where the utterance is stored', () => {
    const state = after(
      turn('a'),
      { type: 'transcript', id: 'a', text: 'what', isFinal: false },
      { type: 'transcript', id: 'a', text: 'What time is it?', isFinal: true },
      { type: 'processing', id: 'a' },
      { type: 'reply', id: 'a', text: 'Half past' },
      { type: 'playing', id: 'a' },
      { type: 'reply', id: 'a', text: 'Half past ten.' },
      { type: 'stored', id: 'a', cloud: true },
      { type: 'stored', id: 'a', cloud: false },
      { type: 'done', id: 'a', outcome: 'done', latencyMs: { total: 320 } },
    );
    const [shown] = state.turns;
    assert.equal(shown?.transcript, 'What time is it?');
    assert.equal(shown?.reply, 'Half past ten.');
    assert.equal(shown?.phase, 'over');
    assert.equal(shown?.stored, 'cloud', 'the gateway may confirm after the cloud');
    assert.equal(spokenText(state), 'You said: What time is it?');
  });

  it('has one row for a turn that comes twice, and at most so many rows', () => {
    assert.equal(after(turn('a'), turn('a')).turns.length, 1);
    const many = after(...Array.from({ length: TURNS_SHOWN + 5 }, (_, n) => turn(`${n}`)));
    assert.equal(many.turns.length, TURNS_SHOWN);
    assert.equal(many.turns.at(-1)?.id, `${TURNS_SHOWN + 4}`);
  });

  it('never shows a turn as running that is over, whatever comes late', () => {
    const late: fc.Arbitrary<PageEvent> = fc.oneof(
      fc.constant<PageEvent>({ type: 'processing', id: 'a' }),
      fc.constant<PageEvent>({ type: 'playing', id: 'a' }),
      fc.string().map<PageEvent>((text) => ({ type: 'reply', id: 'a', text })),
      fc.boolean().map<PageEvent>((cloud) => ({ type: 'stored', id: 'a', cloud })),
    );
    fc.assert(
      fc.property(fc.array(late), (events) => {
        const state = after(turn('a'), { type: 'done', id: 'a', outcome: 'done' }, ...events);
        assert.equal(state.turns[0]?.phase, 'over');
      }),
    );
  });

  it('ignores events of turns that it does not show', () => {
    assert.deepEqual(after({ type: 'reply', id: 'x', text: 'hello' }).turns, []);
  });

  it('says what became of a turn', () => {
    const note = (...events: PageEvent[]) => turnNote(after(turn('a'), ...events).turns[0] as never);
    assert.equal(note({ type: 'done', id: 'a', outcome: 'barge-in' }), 'Interrupted');
    assert.match(note({ type: 'done', id: 'a', outcome: 'unanswered' }), /sent when there is a connection/);
    assert.equal(
      note({ type: 'stored', id: 'a', cloud: false }, { type: 'done', id: 'a', outcome: 'unanswered' }),
      'There was no answer.',
    );
    assert.equal(
      note({ type: 'turn-error', id: 'a', error: { code: 'cloud_timeout', message: 'No answer', hint: 'Try again.' } }),
      'No answer. Try again.',
    );
  });
});

describe('words', () => {
  it('counts down to the next attempt', () => {
    const link = { state: 'reconnecting', retryAtMs: 10_000 } as const;
    assert.match(linkStatus(link, 6_500).text, /4 s/);
    assert.match(linkStatus(link, 10_000).text, /Reconnecting/);
  });

  it('tells unsent turns, and that they were delivered', () => {
    const cut = after({ type: 'link', link: { state: 'reconnecting' } }, { type: 'unsent', turns: 2 });
    assert.match(unsentText(cut), /^2 turns are stored in this browser and will be sent when there is a connection/);
    const back = [
      { type: 'link', link: { state: 'connected' } },
      { type: 'unsent', turns: 0 },
    ] as const;
    const delivered = back.reduce<PageState>(reduce, cut);
    assert.match(unsentText(delivered), /^2 turns from before were delivered/);
    assert.equal(unsentText(reduce(delivered, turn('b'))), '', 'it was said once');
  });

  it('says nothing of turns that are sent at once, nor of one that was discarded without a connection', () => {
    const ordinary = [turn('a'), { type: 'unsent', turns: 1 }] as const;
    assert.equal(unsentText(after(...ordinary)), '');
    assert.equal(unsentText(after(...ordinary, { type: 'unsent', turns: 0 })), '');
    const connecting = { type: 'link', link: { state: 'reconnecting' } } as const;
    const back = { type: 'link', link: { state: 'connected' } } as const;
    assert.equal(unsentText(after(connecting, { type: 'unsent', turns: 1 }, { type: 'unsent', turns: 0 }, back)), '');
  });

  it('counts the turns that waited, while others are said and sent', () => {
    const state = after(
      { type: 'unsent', turns: 1 },
      { type: 'link', link: { state: 'reconnecting' } },
      { type: 'unsent', turns: 2 },
      { type: 'link', link: { state: 'connected' } },
      { type: 'unsent', turns: 3 },
      { type: 'unsent', turns: 1 },
      { type: 'unsent', turns: 0 },
    );
    assert.match(unsentText(state), /^2 turns from before were delivered/);
  });

  it('says that the microphone was removed, or that the browser has stopped the sound', () => {
    assert.match(microphoneText(after({ type: 'microphone', status: 'lost' })), /was removed/);
    assert.match(microphoneText(after({ type: 'microphone', status: 'interrupted' })), /goes on afterwards/);
    assert.equal(microphoneText(START), '');
  });

  it('says what the gateway wants to say, until the audio is open', () => {
    const words = (...texts: string[]) => texts.map((text) => ({ id: text, text }));
    const offered = (...texts: string[]) => ({ type: 'offered', announcements: words(...texts) }) as const;
    assert.match(offeredText(after(offered('Dinner'))), /wants to say: “Dinner”\. .* press a button/);
    assert.match(offeredText(after(offered('Dinner', 'Rain', 'Tea'))), /“Dinner” \(and 2 more\)/);
    assert.equal(offeredText(after(offered('Dinner'), { type: 'microphone', status: 'open' })), '');
    assert.equal(offeredText(after(offered('Dinner'), offered())), '');
  });

  it('says that a hold which ended before the microphone was open recorded nothing, until the next turn', () => {
    const early = after({ type: 'microphone', status: 'open' }, { type: 'released-early' });
    assert.match(microphoneText(early), /^Nothing was recorded: .* Press again\.$/);
    assert.equal(noticeIcon(early), icons.microphoneIcon);
    assert.equal(microphoneText(reduce(early, turn('a'))), '');
  });

  it('shows what the banner is about: the connection, the microphone, or turns that wait or were delivered', () => {
    const lost = { type: 'microphone', status: 'lost' } as const;
    const cut = { type: 'link', link: { state: 'reconnecting' } } as const;
    assert.equal(noticeIcon(after(lost)), icons.microphoneOffIcon);
    assert.equal(noticeIcon(after(lost, cut)), icons.offlineIcon);
    const waiting = [cut, { type: 'unsent', turns: 1 }, { type: 'link', link: { state: 'connected' } }] as const;
    assert.equal(noticeIcon(after(...waiting)), icons.clockIcon);
    assert.equal(noticeIcon(after(...waiting, { type: 'unsent', turns: 0 })), icons.checkIcon);
  });

  it('says that a full gateway is tried again, and that speech is stored meanwhile', () => {
    const error = { code: 'gateway_busy', message: 'The gateway takes no connection now: the gateway is full' };
    const text = lineText(after({ type: 'link', link: { state: 'reconnecting', error } }));
    assert.match(text, /is full\. What you say now is stored/);
    assert.equal(lineText(START), '');
  });

  it('has a card with what to do for each failure that needs the person', () => {
    const failed = (code: string) => ({ type: 'problem', problem: { code, message: 'It failed' } }) as const;
    const problem = (code: string) =>
      explain(after({ type: 'explanations', explanations: EXPLANATIONS }, failed(code)));
    assert.deepEqual(explain(after(failed('microphone_denied'))), { title: 'It failed', steps: [], action: 'retry' });
    assert.deepEqual([problem('insecure_context')?.action, problem('microphone_denied')?.action], [undefined, 'retry']);
    for (const code of ['insecure_context', 'microphone_denied', 'microphone_missing', 'microphone_busy']) {
      assert.ok((problem(code)?.steps.length ?? 0) > 0, code);
    }
    assert.equal(problem('something_new')?.title, 'It failed');
    const refused = (code: string) =>
      explain(after({ type: 'link', link: { state: 'refused', error: { code, message: 'refused' } } }));
    assert.equal(refused('token_refused')?.action, 'pair-again');
    assert.equal(refused('unsupported_protocol')?.action, 'reload');
    assert.equal(refused('connection_replaced')?.action, 'retry');
    assert.equal(explain(after({ type: 'elsewhere', isElsewhere: true }))?.action, 'take-over');
    assert.equal(explain(START), undefined);
  });

  it('speaks the answer to screen readers only when the volume is 0: otherwise it is heard', () => {
    const answered = after(turn('a'), { type: 'reply', id: 'a', text: 'Half past ten.' });
    assert.equal(spokenText(answered), '');
    const silent = reduce(answered, { type: 'preferences', preferences: { ...START.preferences, volume: 0 } });
    assert.equal(spokenText(silent), 'Earshot: Half past ten.');
  });

  it('labels the talk button with what a press does', () => {
    const label = (...events: PageEvent[]) => talkLabel(after(...events));
    assert.equal(label(), 'Hold or tap to talk');
    assert.match(label({ type: 'conversation', state: 'streaming' }), /send/);
    assert.equal(label({ type: 'conversation', state: 'playing' }), 'Tap to interrupt');
    assert.match(label({ type: 'microphone', status: 'opening' }), /Opening/);
  });
});

describe('hold or tap', () => {
  function pressed(script: (press: ReturnType<typeof createPress>) => void): string[] {
    const done: string[] = [];
    script(createPress({ begin: () => done.push('begin'), end: () => done.push('end') }));
    return done;
  }

  it('a hold ends when it is released', () => {
    assert.deepEqual(
      pressed((press) => {
        press.down(0, false);
        press.up(900);
      }),
      ['begin', 'end'],
    );
  });

  it('a tap goes on until the next press', () => {
    assert.deepEqual(
      pressed((press) => {
        press.down(0, false);
        press.up(100);
        press.down(2_000, true);
        press.up(2_100);
      }),
      ['begin', 'end'],
    );
  });

  it('a second key while one is held is not a second press', () => {
    assert.deepEqual(
      pressed((press) => {
        press.down(0, false);
        press.down(10, false);
        press.up(900);
        press.up(910);
      }),
      ['begin', 'end'],
    );
  });
});

describe('preferences', () => {
  const storageOf = (text: string | null) => ({ getItem: () => text });

  it('come back as they were stored', () => {
    let stored = '';
    const wanted = { ...START.preferences, token: 'a'.repeat(43), volume: 0.4, isHandsFree: true, microphoneId: 'x' };
    assert.ok(savePreferences({ setItem: (_, value) => (stored = value) }, wanted));
    assert.deepEqual(loadPreferences(storageOf(stored), 'other'), wanted);
  });

  it('are usable whatever is stored', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { name, volume, token } = loadPreferences(storageOf(text), 'Browser 1');
        assert.ok(name.length > 0 && volume >= 0 && volume <= 1);
        assert.ok(token === '' || token.length >= 32);
      }),
    );
  });

  it('are lost, not fatal, where the browser stores nothing', () => {
    const full = {
      setItem() {
        throw new Error('quota');
      },
    };
    assert.equal(savePreferences(full, START.preferences), false);
    assert.equal(savePreferences(undefined, START.preferences), false);
  });
});

test('a name of a device has no control characters, and differs from that of the next browser', () => {
  assert.equal(deviceNameIn(' my\n\u202Ephone '), 'myphone');
  const agent =
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36';
  assert.equal(describeBrowser(agent, '4f2a'), 'Chrome on Android 4f2a');
  assert.equal(describeBrowser('', '0001'), 'Browser 0001');
});
