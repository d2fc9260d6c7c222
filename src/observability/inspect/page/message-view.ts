/**
 * One message: its fields, and the step of its receiver.
 */
import type { Entry } from '../entries.ts';
import { byId, h } from './dom.ts';
import type { Message } from './messages-view.ts';
import { clockText, eventText, nameOf, valueText } from './names.ts';
import type { Timeline } from './timeline.ts';

type Step = Extract<Entry, { k: 'step' }>;

export interface MessageView {
  show(message: Message | undefined, timeline: Timeline): void;
}

export function createMessageView(): MessageView {
  const container = byId('message');
  return {
    show(message, timeline) {
      container.hidden = message === undefined;
      if (!message) return;
      const { state } = timeline;
      const { type, ...payload } = message.event;
      const close = h('button', { type: 'button', 'aria-label': 'Close' }, '×');
      close.onclick = () => {
        container.hidden = true;
      };
      container.replaceChildren(
        h('header', {}, h('strong', {}, eventText(type)), close),
        h(
          'p',
          {},
          `${nameOf(state, message.from)} → ${nameOf(state, message.to)} at ${clockText(timeline.wallMs(message.t))}`,
        ),
        ...(Object.keys(payload).length > 0 ? [h('pre', {}, JSON.stringify(payload, null, 1))] : []),
        ...describeEffect(message, timeline),
      );
    },
  };
}

/** State before and after, and the changes of the context. */
function describeEffect({ n, to }: Message, { entries }: Timeline): Node[] {
  const at = entries.findIndex((entry) => entry.k === 'step' && entry.n === n);
  if (at === -1) return [h('p', { class: 'quiet' }, 'It went to an actor that is no machine, or is not taken yet.')];
  const after = entries[at] as Step;
  const earlier = entries.slice(0, at).filter((entry): entry is Step => entry.k === 'step' && entry.a === to);
  const before = earlier.at(-1);
  const context = (earlier.findLast((step) => 'context' in step)?.context ?? {}) as Record<string, unknown>;
  const next = ('context' in after ? after.context : context) as Record<string, unknown>;
  const changes = Object.keys({ ...context, ...next }).filter(
    (key) => JSON.stringify(context[key]) !== JSON.stringify(next[key]),
  );
  const was = valueText(before?.value);
  const is = valueText(after.value);
  return [
    h('dl', {}, h('dt', {}, 'before'), h('dd', {}, was || '–'), h('dt', {}, 'after'), h('dd', {}, is)),
    ...(after.taken.length === 0 ? [h('p', { class: 'quiet' }, 'No transition was taken.')] : []),
    ...changes.map((key) =>
      h(
        'p',
        { class: 'change' },
        h('b', {}, key),
        ' ',
        h('del', {}, short(context[key])),
        ' ',
        h('ins', {}, short(next[key])),
      ),
    ),
  ];
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? '–';
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
