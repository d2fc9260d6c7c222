/**
 * What the person said and what was answered, as captions while they come.
 */

import { Marked } from './marked.tsx';
import type { ShownTurn } from './shown-turn.ts';

interface WordsProps {
  turn: ShownTurn;
  isLive: boolean;
  search: string | undefined;
}

export function Words({ turn, isLive, search }: WordsProps) {
  const { transcript, replyText, trigger, outcome } = turn;
  const isSpoken = trigger !== 'announcement' && trigger !== 'reminder';
  return (
    <section class="words" aria-label="Words">
      {isSpoken && (
        <figure class="said" data-side="person">
          <figcaption>The person</figcaption>
          <blockquote>
            {transcript ? <Marked text={transcript} search={search} /> : <Nothing isLive={isLive}>No words</Nothing>}
          </blockquote>
        </figure>
      )}
      {(replyText || isLive || outcome === 'done') && (
        <figure class="said" data-side="answer">
          <figcaption>{isSpoken ? 'The answer' : 'It said'}</figcaption>
          <blockquote>
            {replyText ? <Marked text={replyText} search={search} /> : <Nothing isLive={isLive}>No words</Nothing>}
          </blockquote>
        </figure>
      )}
    </section>
  );
}

function Nothing({ isLive, children }: { isLive: boolean; children: string }) {
  return <span class="quiet">{isLive ? '…' : children}</span>;
}
