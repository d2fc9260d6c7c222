/**
 * A turn in the list: whose it is, when, what was said by both, and how it ended.
 */
import { durationText, momentText, wholeMomentText } from '../../design/formats.ts';
import { Pill } from '../../design/states.tsx';
import { Marked } from './marked.tsx';
import type { ShownTurn } from './shown-turn.ts';
import { turnStatus } from './turn-in-words.ts';

interface TurnRowProps {
  turn: ShownTurn;
  address: string;
  isOpen: boolean;
  /** In ms since 1970. */
  nowMs: number;
  /** Words to mark. */
  search: string | undefined;
}

export function TurnRow({ turn, address, isOpen, nowMs, search }: TurnRowProps) {
  const { device, startedAt, transcript, latencyMs } = turn;
  const { text, tone, isLive } = turnStatus(turn, nowMs);
  return (
    <a class="list-row turn-row" href={address} aria-current={isOpen ? 'true' : undefined}>
      <span class="turn-head">
        <b class="clip">{device}</b>
        <time dateTime={new Date(startedAt).toISOString()} title={wholeMomentText(startedAt)}>
          {momentText(startedAt, nowMs)}
        </time>
        <span class="space" />
        {latencyMs?.total !== undefined && <span class="number quiet">{durationText(latencyMs.total)}</span>}
        {(isLive || tone) && (
          <Pill {...(tone && { tone })} live={isLive}>
            {text}
          </Pill>
        )}
      </span>
      <span class="clip">
        {transcript ? <Marked text={transcript} search={search} /> : <span class="quiet">{unsaid(turn, isLive)}</span>}
      </span>
      <Ending turn={turn} search={search} />
    </a>
  );
}

/** The answer, or why there is none. */
function Ending({ turn: { replyText, error }, search }: Pick<TurnRowProps, 'turn' | 'search'>) {
  if (error) return <span class="clip cause">{error.message}</span>;
  return <span class="clip quiet">{replyText && <Marked text={replyText} search={search} />}</span>;
}

function unsaid({ trigger, transcript }: ShownTurn, isLive: boolean): string {
  if (trigger === 'announcement') return 'An announcement';
  if (trigger === 'reminder') return 'A reminder';
  if (isLive) return '…';
  return transcript === '' ? 'No speech was recognised' : 'No words were recorded';
}
