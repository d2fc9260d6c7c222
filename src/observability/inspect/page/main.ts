/**
 * The page, put together: the feed fills the time line; with each frame of the screen the views show what has changed.
 */
import { startTheme } from '../../../pages/design/theme.ts';
import type { Greeting, Notice } from '../feed-messages.ts';
import { createActorsView } from './actors-view.ts';
import { createChartView } from './chart-view.ts';
import { byId, h, setText } from './dom.ts';
import { connectFeed } from './feed.ts';
import { listenToKeys } from './keys.ts';
import { createMessageView } from './message-view.ts';
import { createMessagesView } from './messages-view.ts';
import { isSupervisor, treeOrder, valueText } from './names.ts';
import { createPanels } from './panels.ts';
import { createQueuesView } from './queues-view.ts';
import { createSendView } from './send-view.ts';
import { gatherSignals } from './signals.ts';
import { createSignalsView } from './signals-view.ts';
import { createStateStrip } from './state-strip.ts';
import { createTalk } from './talk.ts';
import { createTimeBar } from './time-bar.ts';
import { createTimeline } from './timeline.ts';
import { createTurnsView } from './turns-view.ts';

const NOTICE_MS = 6_000;
/** Update interval of plots and countdowns. */
const SLOW_FRAME_MS = 100;
/** Entries that are searched for them: a hidden page has missed more than it can show. */
const PASSED_LIMIT = 400;

let greeting: Greeting | undefined;
/** The server's monotonic clock minus the page's time. */
let clockOffsetMs = 0;
const serverNowMs = () => Date.now() + clockOffsetMs;
let chosen: number | undefined;
let changed = true;
let signalsChanged = true;

const isReplay = () => greeting?.mode === 'replay';
const timeline = createTimeline(() => !isReplay());
const noteChange = () => {
  changed = true;
  signalsChanged = true;
};

const feed = connectFeed({
  onNotice,
  onEntries(entries) {
    const first = timeline.entries.length === 0;
    timeline.add(entries);
    // A recording is shown from its beginning.
    if (first && isReplay()) timeline.seek(timeline.startMs);
    noteChange();
  },
  onState(state) {
    document.documentElement.dataset.feed = state;
    noteChange();
  },
});
const talk = createTalk(feed.send);
const panels = createPanels(noteChange);
const chartView = createChartView();
const stateStrip = createStateStrip();
const actorsView = createActorsView(choose);
const queuesView = createQueuesView();
const messageView = createMessageView();
const messagesView = createMessagesView((message) => messageView.show(message, timeline));
const signalsView = createSignalsView();
const turnsView = createTurnsView((t) => {
  timeline.seek(t);
  noteChange();
});
const sendView = createSendView(
  (a, event) => feed.send({ k: 'send', a, event }),
  () => greeting?.templates ?? {},
  serverNowMs,
);
const timeBar = createTimeBar(timeline, isReplay, noteChange);
const theme = startTheme(() => signalsView.repaint());

function onNotice(notice: Notice): void {
  switch (notice.k) {
    case 'hello':
      greeting = notice;
      clockOffsetMs = notice.now - Date.now();
      timeline.clear();
      timeline.seek(undefined);
      document.title = `${notice.title} – Earshot inspector`;
      setText(byId('title'), notice.title);
      byId('keep').hidden = !notice.records;
      byId('talk').hidden = !notice.talks;
      document.documentElement.dataset.mode = notice.mode;
      return;
    case 'behind':
      return tell(`The page did not keep up: ${notice.missed} entries are missing.`, false);
    case 'note':
      return tell(notice.text, notice.ok);
  }
}

let noticeTimer: ReturnType<typeof setTimeout> | undefined;
function tell(text: string, ok: boolean): void {
  const notice = byId('notice');
  setText(notice, text);
  notice.className = ok ? '' : 'problem';
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => setText(notice, ''), NOTICE_MS);
}

function choose(a: number): void {
  chosen = a;
  panels.show('Chart');
  noteChange();
}

const machineChoice = byId<HTMLSelectElement>('machine');
machineChoice.onchange = () => choose(Number(machineChoice.value));
let machines = '';
/** Every machine of the system, supervisors last. */
function showMachines(): void {
  const { state } = timeline;
  const all = treeOrder(state).filter(({ actor }) => actor.chart !== undefined);
  if (chosen === undefined || !state.actors.has(chosen)) chosen = all[0]?.actor.a;
  const key = all.map(({ actor: { a, running } }) => `${a}${running}`).join();
  if (key !== machines) {
    machines = key;
    const option = ({ actor }: (typeof all)[number]) =>
      h('option', { value: actor.a }, actor.running ? actor.name : `${actor.name} (ended)`);
    const group = (label: string, of: typeof all) => h('optgroup', { label }, ...of.map(option));
    machineChoice.replaceChildren(
      group(
        'Machines',
        all.filter(({ actor }) => !isSupervisor(actor)),
      ),
      group(
        'Supervisors',
        all.filter(({ actor }) => isSupervisor(actor)),
      ),
    );
  }
  machineChoice.value = String(chosen ?? '');
}

const FEED_STATES: Record<string, string> = {
  connecting: 'connecting …',
  lost: 'not connected: is it still running? Open the address that it printed.',
  'no-token': 'not connected',
  'wrong-token': 'not connected',
};
/** There is nothing to show, and the page does not try again. */
const NO_FEED: Record<string, [title: string, hint: string]> = {
  'no-token': [
    'This address has no key',
    'Open the whole address that Earshot printed: its end, after the #, is the key to this page.',
  ],
  'wrong-token': [
    'The key of this address is wrong',
    'It is new at each start. Open the address that Earshot printed last.',
  ],
};
function showStatus(): void {
  const status = byId('status');
  const state = document.documentElement.dataset.feed ?? '';
  const root = [...timeline.state.actors.values()].find(({ chart }) => chart === 'conversation');
  // A gateway has no levels, no jitter buffer and no latencies.
  document.documentElement.dataset.end = root ? 'device' : 'gateway';
  const text = FEED_STATES[state] ?? (isReplay() ? 'replay' : valueText(root?.value) || 'live');
  status.className = FEED_STATES[state] ? 'problem' : valueText(root?.value).split('.')[0] || 'idle';
  setText(status, text);
  showNoFeed(state);
}

function showNoFeed(state: string): void {
  const box = byId('no-feed');
  const [title, hint] = NO_FEED[state] ?? [];
  box.hidden = title === undefined;
  if (title !== undefined && hint !== undefined)
    box.firstElementChild?.replaceChildren(h('h2', {}, title), h('p', {}, hint));
}

/** States of the selected machine since the last frame, without the current one. */
let seen = 0;
function passedStates(): unknown[] {
  const passed: unknown[] = [];
  const from = Math.max(seen - timeline.forgotten, timeline.shown - PASSED_LIMIT);
  for (let i = Math.max(0, from); i < timeline.shown; i++) {
    const entry = timeline.entries[i];
    if (entry?.k === 'step' && entry.a === chosen) passed.push(entry.value);
  }
  seen = timeline.shown + timeline.forgotten;
  return passed.slice(0, -1);
}

let lastFrameMs = 0;
let lastSlowMs = 0;
function frame(nowMs: number): void {
  requestAnimationFrame(frame);
  timeBar.tick(nowMs - lastFrameMs);
  lastFrameMs = nowMs;
  const isSlowFrame = nowMs - lastSlowMs >= SLOW_FRAME_MS;
  if (!changed && !isSlowFrame) return;
  const { state } = timeline;
  if (changed) {
    changed = false;
    showMachines();
    showStatus();
    actorsView.show(state, chosen);
    messagesView.show(timeline);
    turnsView.show(timeline);
    timeBar.show();
  }
  const momentMs = timeline.isLive && !isReplay() ? serverNowMs() : timeline.t;
  stateStrip.show(timeline, momentMs);
  const actor = chosen === undefined ? undefined : state.actors.get(chosen);
  const chart = actor?.chart === undefined ? undefined : state.charts.get(actor.chart);
  sendView.show(chart, actor, timeline.isLive && !isReplay());
  chartView.flash(passedStates());
  chartView.show(chart, actor, momentMs);
  if (!isSlowFrame) return;
  lastSlowMs = nowMs;
  if (!signalsChanged) return;
  signalsChanged = false;
  const signals = gatherSignals(timeline);
  signalsView.show(signals, timeline.t);
  queuesView.show(signals.queues, timeline.t);
}
requestAnimationFrame(frame);

const talkButton = byId('talk');
talkButton.onpointerdown = (event) => {
  talkButton.setPointerCapture(event.pointerId);
  talk.down();
};
talkButton.onpointerup = talk.up;
talkButton.onpointercancel = talk.up;
// Returns nothing: `false` would disable the browser's own keys, also Tab.
talkButton.onkeydown = ({ key, repeat }) => {
  if ((key === ' ' || key === 'Enter') && !repeat) talk.down();
};
talkButton.onkeyup = ({ key }) => {
  if (key === ' ' || key === 'Enter') talk.up();
};
const keep = () => greeting?.records && feed.send({ k: 'keep' });
byId('keep').onclick = () => keep();
const keysDialog = byId<HTMLDialogElement>('keys');
byId('help').onclick = () => keysDialog.showModal();
byId('theme').onclick = theme.next;

const hasTalk = () => greeting?.talks === true && timeline.isLive;
listenToKeys({
  onDown: {
    ' ': () => hasTalk() && talk.down(),
    Escape: () => hasTalk() && talk.cancel(),
    p: timeBar.togglePause,
    l: timeBar.goLive,
    k: keep,
    ArrowLeft: () => timeBar.step(-1_000),
    ArrowRight: () => timeBar.step(1_000),
    '/': () => {
      panels.show('Messages');
      byId('type').focus();
    },
    '?': () => keysDialog.showModal(),
    ...Object.fromEntries(panels.names.map((name, i) => [String(i + 1), () => panels.show(name)])),
  },
  onUp: { ' ': talk.up },
});
