/**
 * One turn with everything that is known of it, as it goes on.
 */

import { useQuery_experimental as useQuery } from 'convex/react';
import { useEffect, useRef } from 'preact/hooks';
import { durationText, wholeMomentText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { LatencyBar } from '../../design/latency-bar.tsx';
import { Banner, ErrorState, Pill, Skeleton } from '../../design/states.tsx';
import { turnLatency } from '../../design/turn-latency.ts';
import { api } from '../shell/api.ts';
import { failureOf } from '../shell/failure.ts';
import { useNow } from '../shell/now.ts';
import { DeleteTurn } from './delete-turn.tsx';
import type { OpenTurn } from './filters.ts';
import { RecordingPlayer } from './recording-player.tsx';
import type { ShownTurn } from './shown-turn.ts';
import { ToolsUsed } from './tools-used.tsx';
import { causeWithoutError, triggerInWords, turnStatus } from './turn-in-words.ts';
import { Words } from './words.tsx';

/** As in conversations.css. */
const ONE_COLUMN = '(max-width: 899px)';

interface TurnDetailProps {
  open: OpenTurn;
  /** The address of the list. */
  backTo: string;
  search: string | undefined;
}

export function TurnDetail({ open, backTo, search }: TurnDetailProps) {
  const read = useQuery({ query: api.turns.get, args: { turn: open.turn, device: open.device } });
  const turn = read.status === 'success' ? read.data : undefined;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The row that was chosen is out of sight.
    if (matchMedia(ONE_COLUMN).matches) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <article class="turn-detail stack" aria-label="Turn">
      <header class="row">
        <a class="button bare icon-only" href={backTo} aria-label="Close this turn" title="Close">
          <Icon path={icons.backIcon} />
        </a>
        <h2 ref={heading} tabIndex={-1} class="clip">
          {open.device}
        </h2>
        <span class="space" />
        {turn && <DeleteTurn turn={turn} backTo={backTo} />}
      </header>
      {read.status === 'error' && <Unreadable error={read.error} />}
      {read.status === 'pending' && <Skeleton rows={4} label="The turn is read" />}
      {turn && <Told turn={turn} search={search} />}
    </article>
  );
}

function Unreadable({ error }: { error: unknown }) {
  const { code, message, hint } = failureOf(error);
  if (code === 'turn_unknown' || code === 'device_unknown') {
    return (
      <ErrorState
        title="This turn is not stored"
        hint="Turns are deleted after the days of the retention, or by a person."
      >
        The cloud does not have it, or no longer.
      </ErrorState>
    );
  }
  return (
    <ErrorState title="The turn could not be read" hint={hint}>
      {message}
    </ErrorState>
  );
}

function Told({ turn, search }: { turn: ShownTurn; search: string | undefined }) {
  const { text, tone, isLive } = turnStatus(turn, useNow());
  return (
    <>
      <p class="row">
        <Pill {...(tone && { tone })} live={isLive}>
          {text}
        </Pill>
        <time class="quiet" dateTime={new Date(turn.startedAt).toISOString()}>
          {wholeMomentText(turn.startedAt)}
        </time>
      </p>
      <Cause turn={turn} />
      <Words turn={turn} isLive={isLive} search={search} />
      {turn.recording && <RecordingPlayer turn={turn.turn} device={turn.device} />}
      <Latency turn={turn} />
      {turn.tools && turn.tools.length > 0 && <ToolsUsed tools={turn.tools} />}
      <section class="card" aria-labelledby="facts">
        <header>
          <h3 id="facts">Details</h3>
        </header>
        <dl class="facts">
          <dt>Begun by</dt>
          <dd>{triggerInWords(turn.trigger)}</dd>
          {turn.endedAt !== undefined && (
            <>
              <dt>Took</dt>
              <dd>
                {durationText(Math.max(0, turn.endedAt - turn.startedAt))}, with the time in which the person spoke
              </dd>
            </>
          )}
          {turn.offline && (
            <>
              <dt>Offline</dt>
              <dd>The device had no connection. It delivered the turn later.</dd>
            </>
          )}
          <dt>Id</dt>
          <dd class="mono">{turn.turn}</dd>
        </dl>
      </section>
    </>
  );
}

function Cause({ turn }: { turn: ShownTurn }) {
  const cause = turn.error ?? causeWithoutError(turn);
  if (!cause) return null;
  return (
    <Banner tone={turn.outcome === 'failed' || turn.error ? 'danger' : 'warning'}>
      <p>
        <b>{sentence(cause.message)}</b> {cause.hint}
      </p>
      {turn.error && <p class="quiet mono">{turn.error.code}</p>}
    </Banner>
  );
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function Latency({ turn }: { turn: ShownTurn }) {
  const latency = turnLatency(turn.latencyMs);
  if (!latency) return null;
  return (
    <section class="card" aria-labelledby="latency">
      <header>
        <h3 id="latency">From the end of the speech to the reply</h3>
        <b class="number">{durationText(latency.totalMs)}</b>
      </header>
      <LatencyBar {...latency} />
    </section>
  );
}
