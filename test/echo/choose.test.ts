import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EchoCancellerProvider } from '../../actors/echo/port.ts';
import { chooseEchoCanceller } from '../../actors/echo/providers/choose.ts';
import { speex } from '../../actors/echo/providers/speex.ts';
import { EarshotError } from '../../src/core/errors.ts';

const CARD = 'USB Audio: - (hw:1,0)';
const SAME = 'USB Audio: Speaker (hw:1,1)';
const OTHER = 'Headphones: - (hw:0,0)';

const missing: EchoCancellerProvider = {
  ...speex,
  load: () => Promise.reject(new EarshotError('echo_canceller_unavailable', 'It is missing', 'Install it.')),
};

const CASES = [
  ['one card', 'auto', CARD, SAME, 'speex'],
  ['two cards', 'auto', CARD, OTHER, 'none'],
  ['a sound server', 'auto', 'default', 'default', 'speex'],
  ['a card and a sound server', 'auto', CARD, 'default', 'none'],
  ['a file', 'auto', undefined, CARD, 'none'],
  ['two cards, and it is asked for', 'speex', CARD, OTHER, 'speex'],
  ['none is asked for', 'none', CARD, SAME, 'none'],
  ['an unknown one', 'magic', CARD, SAME, 'none'],
] as const;

for (const [what, wanted, microphone, speaker, expected] of CASES) {
  test(`the echo canceller for ${what} is ${expected}`, async () => {
    const { name, why, create } = await chooseEchoCanceller(wanted, { microphone, speaker });
    assert.equal(name, expected);
    assert.equal(create !== undefined, expected !== 'none');
    assert.match(why, /\w/);
  });
}

test('a missing library is no failure: nothing is cancelled, and the reason is told', async () => {
  for (const wanted of ['auto', 'speex']) {
    const chosen = await chooseEchoCanceller(wanted, { microphone: CARD, speaker: SAME }, [missing]);
    assert.deepEqual(chosen, { name: 'none', why: 'It is missing. Install it.', isMissing: true });
  }
});
