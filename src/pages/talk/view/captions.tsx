/**
 * The turns: what the person said and the answer, as captions that grow, with the latency of the answer.
 */

import { Component, type ComponentChildren, createRef } from 'preact';
import { timeText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import type { PageState, PageTurn } from '../model/page-state.ts';
import { turnNote } from '../model/words.ts';
import { later } from './later.tsx';

/** An answer comes with a connection, and so does this. */
const Latency = later(async () => (await import('./latency.tsx')).Latency);

interface Props {
  state: PageState;
  /** What to do first, where there is no turn yet. */
  isEmptyShown: boolean;
}

export function Captions({ state: { turns }, isEmptyShown }: Props) {
  if (turns.length === 0) return isEmptyShown ? <Empty /> : null;
  return (
    <section class="turns-frame" aria-label="Conversation">
      <Following last={turns.at(-1)?.id}>
        {turns.map((turn) => (
          <Turn key={turn.id} turn={turn} />
        ))}
      </Following>
    </section>
  );
}

function Empty() {
  return (
    <section class="empty" aria-label="Conversation">
      <Icon path={icons.conversationIcon} />
      <h2>Say something</h2>
      <p>Hold the button while you speak, or press it once, speak, and press it again.</p>
      <p class="with-keyboard">
        <kbd>space</kbd> does the same, <kbd>esc</kbd> discards what you said.
      </p>
    </section>
  );
}

function Turn({ turn }: { turn: PageTurn }) {
  const { isAnnouncement, phase, transcript, isTranscriptFinal, reply, latencyMs } = turn;
  const note = turnNote(turn);
  /** Not each responder has words for its answer. */
  const isAnswered = reply !== '' || phase === 'replying' || latencyMs?.total !== undefined;
  return (
    <li class="turn" data-turn={turn.id} data-phase={phase} data-stored={turn.stored}>
      <p class="turn-time quiet number">
        {isAnnouncement && 'Announcement · '}
        <time dateTime={new Date(turn.startedAtMs).toISOString()}>{timeText(turn.startedAtMs)}</time>
      </p>
      {!isAnnouncement && (
        <p class="said by-person" data-final={isTranscriptFinal}>
          <span class="hidden-text">You: </span>
          {/* Without movement: the level below moves, and more would draw the page 60 times a second while somebody speaks. */}
          {transcript || (phase === 'speaking' ? '…' : <Unwritten />)}
        </p>
      )}
      {(isAnswered || phase === 'waiting') && (
        <p class="said by-earshot">
          <span class="hidden-text">Earshot: </span>
          {reply || (isAnswered ? <Unwritten /> : <Waiting />)}
        </p>
      )}
      {note !== '' && (
        <p class="turn-note" data-tone={turn.error ? 'danger' : undefined}>
          {note}
        </p>
      )}
      {latencyMs && <Latency latencyMs={latencyMs} />}
    </li>
  );
}

/** Its words are not known. */
function Unwritten() {
  return <em class="quiet">Speech</em>;
}

function Waiting() {
  return (
    <span class="dots" role="img" aria-label="Waiting for the answer">
      <i />
      <i />
      <i />
    </span>
  );
}

/** How far from the end the person may have scrolled for the page to follow new text. */
const FOLLOWED_PX = 120;

/** The list of turns. Keeps its end in sight while captions come and when the window has another size, unless the person reads further up. */
class Following extends Component<{ last: string | undefined; children: ComponentChildren }> {
  readonly #list = createRef<HTMLOListElement>();
  readonly #sizes = new ResizeObserver(() => this.#isAtEnd && scrollToEnd());
  #isAtEnd = true;

  override componentDidMount(): void {
    scroller().addEventListener('scroll', this.#onScroll, { passive: true });
    this.#sizes.observe(scroller());
    if (this.#list.current) this.#sizes.observe(this.#list.current);
  }

  override componentDidUpdate({ last }: { last: string | undefined }): void {
    if (last !== this.props.last) scrollToEnd();
  }

  override componentWillUnmount(): void {
    scroller().removeEventListener('scroll', this.#onScroll);
    this.#sizes.disconnect();
  }

  override render() {
    return (
      <ol class="turns" ref={this.#list}>
        {this.props.children}
      </ol>
    );
  }

  readonly #onScroll = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = scroller();
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < FOLLOWED_PX;
  };
}

function scrollToEnd(): void {
  scroller().scrollTop = scroller().scrollHeight;
}

function scroller(): Element {
  return document.getElementById('main') ?? document.documentElement;
}
