import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { homeAssistant } from '../../../actors/assistant/home-assistant/provider.ts';
import type { Brain } from '../../../actors/assistant/parts/brain.ts';
import type { PartContext, ProviderSettings } from '../../../actors/assistant/parts/provider.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import {
  HOME_ASSISTANT_TOKEN,
  type HomeAssistantFault,
  type HomeAssistantPeer,
  startHomeAssistantPeer,
} from '../../assistant-peer/home-assistant.ts';
import { eventually } from '../../support/eventually.ts';

const context: PartContext = {
  ...{ clock: systemClock, log: silentLog, modelsFolder: '/nowhere' },
  reportUsage: () => {},
};
const key = () => HOME_ASSISTANT_TOKEN;

async function ask(
  brain: Brain,
  text: string,
  { device = 'kitchen', signal = new AbortController().signal } = {},
): Promise<string> {
  const profile = { ...defaultProfile(device), language: 'en-GB' };
  let answer = '';
  const request = { text, history: [], tools: [], turnId: 'turn', nowMs: 0, device: profile };
  for await (const output of brain.answer(request, signal)) answer += output.type === 'text' ? output.text : '';
  return answer;
}

describe('Home Assistant as brain', () => {
  let peer: HomeAssistantPeer;
  let brain: Brain;
  before(async () => {
    peer = await startHomeAssistantPeer();
    brain = await homeAssistant.create({ url: peer.url, key, model: 'conversation.mine', timeoutMs: 1_000 }, context);
  });
  beforeEach(() => {
    peer.asked.length = 0;
  });
  after(async () => {
    await brain.close();
    await peer.close();
  });

  test('says what Home Assistant says, also of errors; done without a word is “Done.”', async () => {
    assert.equal(await ask(brain, 'turn on the light'), 'Turned on the lights');
    assert.equal(await ask(brain, 'open the blind'), 'Done.');
    assert.equal(await ask(brain, 'unlock the moon'), "Sorry, I couldn't understand that");
    assert.equal(await ask(brain, 'turn on nothing'), 'Sorry, Home Assistant knows no such device.');
  });

  test('an answer that asks the person something says so', async () => {
    for (const [text, asks] of [
      ['set a mood', true],
      ['turn on the light', undefined],
    ] as const) {
      const request = { text, history: [], tools: [], turnId: 'turn', nowMs: 0, device: defaultProfile('kitchen') };
      for await (const output of brain.answer(request, new AbortController().signal)) {
        assert.equal(output.type === 'text' && output.asks, asks);
      }
    }
  });

  test('each device has its conversation', async () => {
    const other = await homeAssistant.create({ url: `${peer.url}/api`, key }, context);
    assert.equal(await ask(other, 'set a mood', { device: 'hall' }), 'Which one?');
    await ask(other, 'the blue one', { device: 'hall' });
    await ask(other, 'hello', { device: 'bath' });
    const [first, second, third] = peer.asked;
    assert.deepEqual(first, { text: 'set a mood', language: 'en-GB' });
    assert.equal(typeof second?.conversation_id, 'string');
    assert.equal(third?.conversation_id, undefined);
    await ask(brain, 'hello', { device: 'other' });
    assert.equal(peer.asked[3]?.agent_id, 'conversation.mine');
    await other.close();
  });

  const faults: [fault: HomeAssistantFault, code: string][] = [
    [{ status: 401 }, 'assistant_key_refused'],
    [{ status: 429 }, 'assistant_rate_limited'],
    [{ status: 500 }, 'assistant_failed'],
    [{ status: 400 }, 'assistant_refused'],
    ['hang', 'assistant_timeout'],
    ['hang in the middle', 'assistant_timeout'],
    ['disconnect', 'assistant_unreachable'],
    ['disconnect in the middle', 'assistant_unreachable'],
    ['half a line', 'assistant_bad_answer'],
    ['empty', 'assistant_bad_answer'],
    ['another shape', 'assistant_bad_answer'],
    ['endless', 'assistant_bad_answer'],
  ];
  for (const [fault, code] of faults) {
    test(`${JSON.stringify(fault)}: ${code}, and nothing is asked twice`, async () => {
      peer.fail(fault);
      await assert.rejects(ask(brain, 'turn on the light'), { code, message: /^(?!.*(turn on|eyJh))/ });
      assert.equal(peer.asked.length, 1);
      assert.equal(await ask(brain, 'turn on the light'), 'Turned on the lights');
    });
  }

  test('an abort ends the answer without an error, and the request', async () => {
    peer.fail('hang');
    const stop = new AbortController();
    const answer = ask(brain, 'turn on the light', { signal: stop.signal });
    await eventually(() => peer.asked.length > 0, 'the request arrived');
    const before = peer.aborted.length;
    stop.abort();
    assert.equal(await answer, '');
    await eventually(() => peer.aborted.length > before, 'the connection is closed');
  });

  test('the doctor: reachable, an answer; and what is wrong', async () => {
    const checks = async (settings: ProviderSettings) => {
      const found = [];
      for await (const { name, isOk } of homeAssistant.check?.(settings, context) ?? []) found.push([name, isOk]);
      return found;
    };
    assert.deepEqual(await checks({ url: peer.url, key }), [
      ['reachable', true],
      ['answer', true],
    ]);
    assert.deepEqual(await checks({ url: peer.url, key: () => 'wrong' }), [['key accepted', false]]);
    assert.deepEqual(await checks({ url: 'http://127.0.0.1:1', key }), [['reachable', false]]);
  });

  test('without an address or a token it is refused when the gateway starts', async () => {
    for (const settings of [{ key }, { url: peer.url }, { url: 'tcp://127.0.0.1:1', key }]) {
      await assert.rejects(homeAssistant.create(settings, context), { code: 'assistant_config' });
    }
  });
});
