/**
 * Says something through a device, and shows what became of what was said before.
 */

import { useMutation, useQuery } from 'convex/react';
import { useRef, useState } from 'preact/hooks';
import { v7 as uuidv7 } from 'uuid';
import { MAX_SPOKEN_LENGTH } from '../../../protocol/bounds.ts';
import { relativeText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { Pill } from '../../design/states.tsx';
import { api } from '../shell/api.ts';
import { useAttempt } from '../shell/attempt.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { FailureNotice } from '../shell/failure-view.tsx';
import { useNow } from '../shell/now.ts';
import { announcementWords } from './announcement-words.ts';
import type { DeviceOverview } from './device-standing.tsx';

const SHOWN = 5;
const MINUTE_MS = 60_000;
const WAITS: readonly [ms: number, label: string][] = [
  [MINUTE_MS, '1 minute'],
  [10 * MINUTE_MS, '10 minutes'],
  [60 * MINUTE_MS, '1 hour'],
  [24 * 60 * MINUTE_MS, '1 day'],
];

export function Announcements({ device }: { device: DeviceOverview }) {
  const said = useQuery(api.announcements.list, { device: device.name });
  const isOperator = useIsOperator();
  if (!isOperator && said?.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="say">
      <h2 id="say">{isOperator ? 'Say something' : 'Announcements'}</h2>
      {isOperator && <SayForm device={device} />}
      {said !== undefined && said.length > 0 && (
        <ul class="list" aria-label="Announcements" aria-live="polite">
          {said.slice(0, SHOWN).map((announcement) => (
            <Said key={announcement.id} announcement={announcement} />
          ))}
        </ul>
      )}
    </section>
  );
}

function SayForm({ device: { name, isOnline, revokedAt } }: { device: DeviceOverview }) {
  const [text, setText] = useState('');
  const [isUrgent, setUrgent] = useState(false);
  const [expiresInMs, setExpiry] = useState(10 * MINUTE_MS);
  const say = useMutation(api.announcements.say);
  const { isBusy, failure, run } = useAttempt();
  /** One text has one id, however often it is sent. */
  const id = useRef(uuidv7());
  async function send(event: Event): Promise<void> {
    event.preventDefault();
    const priority = isUrgent ? 'urgent' : 'normal';
    if (!(await run(() => say({ device: name, id: id.current, text: text.trim(), priority, expiresInMs })))) return;
    id.current = uuidv7();
    setText('');
  }
  if (revokedAt !== undefined) return <p class="quiet">It is revoked and cannot be reached.</p>;
  return (
    <form class="stack" onSubmit={(event) => void send(event)}>
      <label class="field">
        <span>What {name} should say</span>
        <textarea
          value={text}
          rows={2}
          maxLength={MAX_SPOKEN_LENGTH}
          required
          onInput={({ currentTarget: { value } }) => setText(value)}
        />
      </label>
      <div class="say-row">
        <label class="check" title="It comes first, and also in quiet hours">
          <input
            class="switch"
            type="checkbox"
            checked={isUrgent}
            onChange={({ currentTarget }) => setUrgent(currentTarget.checked)}
          />
          Urgent
        </label>
        <label class="say-wait">
          <span class="quiet">may wait</span>
          <select
            aria-label="How long it may wait for the device"
            value={String(expiresInMs)}
            onChange={({ currentTarget: { value } }) => setExpiry(Number(value))}
          >
            {WAITS.map(([ms, label]) => (
              <option key={ms} value={ms}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <span class="space" />
        <button type="submit" class="primary" aria-busy={isBusy} disabled={text.trim() === ''}>
          <Icon path={icons.announceIcon} /> Say it
        </button>
      </div>
      {!isOnline && <p class="quiet">{name} is away. It is said when it connects, if that is in time.</p>}
      <FailureNotice failure={failure} />
    </form>
  );
}

function Said({
  announcement,
}: {
  announcement: Parameters<typeof announcementWords>[0] & { text: string; createdAt: number };
}) {
  const nowMs = useNow();
  const { text, tone, hint } = announcementWords(announcement);
  return (
    <li class="announced-row" data-state={announcement.state}>
      <div class="row">
        <q class="announced-text">{announcement.text}</q>
        <span class="space" />
        <Pill {...(tone && { tone })} live={announcement.state === 'taken'}>
          {text}
        </Pill>
      </div>
      <small class="quiet">
        {relativeText(announcement.createdAt, nowMs)}
        {hint !== undefined && `. ${hint}`}
      </small>
    </li>
  );
}
