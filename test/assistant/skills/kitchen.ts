/**
 * A device in a kitchen in Berlin whose person talks with the skills: with real memory and lists, on a Tuesday at 10:25.
 */
import { createMemory } from '../../../actors/assistant/memory/conversation-memory.ts';
import { createProcessLists } from '../../../actors/assistant/memory/process-lists.ts';
import type { Reminder, Reminders } from '../../../actors/assistant/parts/memory.ts';
import type { ToolCall } from '../../../actors/assistant/parts/tool.ts';
import { createSkillsBrain } from '../../../actors/assistant/skills/brain.ts';
import { skillTools } from '../../../actors/assistant/skills/skills.ts';
import { createConsent } from '../../../actors/assistant/tools/consent.ts';
import { type DeviceProfile, defaultProfile } from '../../../src/core/device-profile.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';

export const TUESDAY_MS = Date.UTC(2026, 10, 24, 9, 25);

export interface Reply {
  text: string;
  calls: ToolCall[];
}

export function kitchen(profile: Partial<DeviceProfile> = {}) {
  const device: DeviceProfile = { ...defaultProfile('kitchen'), timeZone: 'Europe/Berlin', ...profile };
  const memory = createMemory({ clock: systemClock, log: silentLog });
  const lists = createProcessLists();
  const reminders = processReminders();
  const controls = { percent: 50, stopped: 0 };
  const brain = createSkillsBrain();
  const consent = createConsent();
  const tools = skillTools({
    memory,
    lists,
    reminders,
    controls: {
      volume: async () => controls.percent,
      setVolume: async (_device, percent) => {
        controls.percent = percent;
      },
      stop: async () => {
        controls.stopped++;
      },
    },
    random: () => 0,
  });
  let nowMs = TUESDAY_MS;
  let turn = 0;

  /**
   * One turn of the conversation.
   * @param firstPart see `BrainRequest.firstPart`
   */
  async function say(text: string, firstPart?: string): Promise<Reply> {
    const turnId = `turn-${++turn}`;
    const { messages } = await memory.recall(device.name);
    memory.remember(device.name, { role: 'person', text, turnId, atMs: nowMs });
    const reply: Reply = { text: '', calls: [] };
    const request = {
      ...{ text, history: messages, device, tools: consent.guard(tools, () => text), turnId, nowMs },
      ...(firstPart !== undefined && { firstPart }),
    };
    for await (const output of brain.answer(request, new AbortController().signal)) {
      if (output.type === 'text') reply.text += output.text;
      else reply.calls.push(output.call);
    }
    memory.remember(device.name, { role: 'assistant', text: reply.text, turnId, atMs: nowMs });
    return reply;
  }

  return {
    say,
    tools,
    device,
    reminders,
    lists,
    controls,
    pass(ms: number) {
      nowMs += ms;
    },
    setNow(ms: number) {
      nowMs = ms;
    },
  };
}

function processReminders(): Reminders {
  let all: Reminder[] = [];
  let count = 0;
  return {
    list: async () => [...all].sort((a, b) => a.atMs - b.atMs),
    async add(_device, reminder) {
      const added = { ...reminder, id: reminder.id ?? `reminder-${++count}` };
      all.push(added);
      return added;
    },
    async cancel(_device, id) {
      const before = all.length;
      all = all.filter((each) => each.id !== id);
      return all.length < before;
    },
  };
}
