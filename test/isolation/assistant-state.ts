/**
 * What the assistant keeps beside its answers, for two at a time: summaries of conversations, tools of MCP servers, files of spending.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemory } from '../../actors/assistant/memory/conversation-memory.ts';
import { SUMMARIZED_FROM, summarizingMemory } from '../../actors/assistant/memory/summaries.ts';
import { openSpending } from '../../actors/assistant/providers/spending.ts';
import type { McpServer } from '../../actors/assistant/tools/mcp-server.ts';
import { createToolbox } from '../../actors/assistant/tools/toolbox.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import type { Scenario } from './scenario.ts';

async function summarize(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const ending = new AbortController();
  const memory = summarizingMemory(
    createMemory({ clock, log }),
    {
      // The summaries of both devices are written at the same time.
      summarize: ({ device }) => new Promise((resolve) => clock.setTimeout(() => resolve(`about ${device}`), 100)),
    },
    { signal: ending.signal, clock, log },
  );
  let atMs = 0;
  async function talk(device: string, turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      atMs += 1;
      const said = { turnId: `${device} ${atMs}`, atMs };
      memory.remember(device, { ...said, role: 'person', text: 'hello' });
      memory.remember(device, { ...said, role: 'assistant', text: 'hello' });
      await clock.run(1);
    }
  }
  const summaryOf = async (device: string) => (await memory.recall(device)).summary;

  for (const device of ['first', 'second']) await talk(device, SUMMARIZED_FROM / 2 - 1);
  await Promise.all(['first', 'second'].map((device) => talk(device, 1)));
  await clock.run(1_000);
  const wrong = (await summaryOf('second')) === 'about second' ? [] : ['the second conversation has no summary'];
  await talk('first', 1);
  await clock.run(1_000);
  if ((await summaryOf('first')) !== 'about first') wrong.push('the first conversation has no summary');
  ending.abort();
  return wrong;
}

async function offerTools(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const server = (name: string): McpServer => ({
    async tools() {
      return [{ name, description: '', parameters: {}, effect: 'reads', call: async () => '' }];
    },
    offered: async () => [],
    async close() {},
  });
  const toolbox = createToolbox([server('first'), server('second')], { clock, log });
  const names = async () => {
    const known = toolbox.tools().map(({ name }) => name);
    await clock.run(1);
    return known;
  };
  await names();
  const wrong = (await names()).includes('second') ? [] : ['the second server has no tools'];
  if (!(await names()).includes('first')) wrong.push('the first server has no tools');
  await toolbox.close();
  return wrong;
}

/** A part that has crashed has been restarted. */
const RESTART_MS = 1_000;
/** After that, what was spent is written. */
const WRITTEN_MS = 1_500;

async function spend(log: Log): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-spending-'));
  const clock = createVirtualClock();
  const fileOf = (name: string) => join(folder, `${name}.json`);
  const names = ['first', 'second'];
  const spendings = names.map((name) => openSpending({ file: fileOf(name), clock, log }));
  const spendOne = () => {
    for (const spending of spendings) spending.add('brain', 'kitchen', 1);
  };
  /** As the process would find it after it was killed. */
  const kept = () =>
    names.map((name) => openSpending({ file: fileOf(name), clock, log: silentLog }).today('brain', 'kitchen'));

  spendOne();
  await clock.run(WRITTEN_MS);
  const wrong = kept()[1] === 1 ? [] : ['the second file was not written'];
  await clock.run(RESTART_MS);
  if (kept()[0] !== 1) wrong.push('the first file was not written');
  spendOne();
  await clock.run(WRITTEN_MS + RESTART_MS);
  if (kept().join() !== '2,2') wrong.push(`the files have ${kept()}`);
  for (const spending of spendings) spending.close();
  await removeFolder(folder);
  return wrong;
}

export const assistantState: Scenario[] = [
  { name: 'two conversations that are summarized', run: summarize, subjects: /^a summary#(?:28|29) / },
  { name: 'two MCP servers', run: offerTools, subjects: /^the tools of an MCP server#1 / },
  { name: 'two files of spending', run: spend, subjects: /^the file of the spending#1 / },
];
