/**
 * Devices that wait to be paired: the code that each shows, and what an approval would replace.
 */

import type { FunctionReturnType } from 'convex/server';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../../design/dialog.tsx';
import { durationText, wholeMomentText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { Pill } from '../../design/states.tsx';
import type { api } from '../shell/api.ts';
import { useApproval } from '../shell/approval.ts';
import { useAttempt } from '../shell/attempt.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { FailureNotice } from '../shell/failure-view.tsx';
import { useNow } from '../shell/now.ts';
import { AskedPairing, codeText } from './asked-pairing.tsx';
import type { DeviceOverview } from './device-standing.tsx';

type Waiting = FunctionReturnType<typeof api.pairing.list>[number];

interface RequestsProps {
  waiting: readonly Waiting[];
  devices: readonly DeviceOverview[];
  /** The code that the address names: its request is the first. */
  asked: string | undefined;
  /** Takes the code out of the address. */
  onForget(): void;
}

export function PairingRequests({ waiting, devices, asked, onForget }: RequestsProps) {
  const nowMs = useNow(1_000);
  // Time alone does not change the cloud's answer.
  const valid = askedFirst(
    waiting.filter(({ expiresAt }) => expiresAt > nowMs),
    asked,
  );
  const isAskedThere = valid[0] !== undefined && valid[0].code === asked;
  return (
    <>
      {asked !== undefined && !isAskedThere && <AskedPairing code={asked} onForget={onForget} />}
      {valid.length > 0 && (
        <section class="pairings card" aria-labelledby="pairings" aria-live="polite">
          <header>
            <h2 id="pairings">{valid.length === 1 ? 'A device waits' : `${valid.length} devices wait`} to be paired</h2>
          </header>
          <p class="quiet">Approve a code only if you see the same one on the device.</p>
          <ul class="list">
            {valid.map((request) => (
              <Request
                key={request.code}
                request={request}
                replaced={devices.find(({ name, paired }) => paired && name === request.device)}
                leftMs={request.expiresAt - nowMs}
                isAsked={request.code === asked}
                isPrimary={!isAskedThere || request.code === asked}
                onApproved={() => request.code === asked && onForget()}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function askedFirst(waiting: readonly Waiting[], asked: string | undefined): Waiting[] {
  return [...waiting].sort((a, b) => Number(b.code === asked) - Number(a.code === asked));
}

interface RequestProps {
  request: Waiting;
  replaced: DeviceOverview | undefined;
  leftMs: number;
  /** The address names its code. */
  isAsked: boolean;
  /** Its approval is what the person came for. */
  isPrimary: boolean;
  onApproved(): void;
}

function Request({ request, replaced, leftMs, isAsked, isPrimary, onApproved }: RequestProps) {
  const { code, device, replaces } = request;
  const isOperator = useIsOperator();
  const [isAsking, setAsking] = useState(false);
  const { isBusy, failure, run } = useAttempt();
  const approve = useApproval();
  const approveNow = () => {
    setAsking(false);
    void run(() => approve(code)).then((isDone) => isDone && onApproved());
  };
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isAsked) row.current?.scrollIntoView({ block: 'center' });
  }, [isAsked]);
  return (
    <li class="pairing" data-code={code} ref={row} aria-current={isAsked ? 'true' : undefined}>
      <div class="pairing-row">
        <code class="pairing-code" title={`Code ${code}`}>
          {codeText(code)}
        </code>
        <div class="pairing-words">
          <b class="pairing-name">{device}</b>
          <small class="quiet number">
            {replaces ? 'replaces the paired device of this name' : 'a new device'}, valid for{' '}
            {durationText(Math.ceil(leftMs / 1_000) * 1_000)}
          </small>
        </div>
        {isAsked && <Pill tone="accent">the code you opened</Pill>}
        {isOperator && (
          <button
            type="button"
            class={isPrimary ? 'primary' : undefined}
            aria-busy={isBusy}
            aria-label={`Approve ${device}`}
            onClick={replaces ? () => setAsking(true) : approveNow}
          >
            <Icon path={icons.checkIcon} /> Approve
          </button>
        )}
      </div>
      <FailureNotice failure={failure} />
      {isAsking && (
        <Dialog
          title={`Replace ${device}?`}
          onClose={() => setAsking(false)}
          actions={
            <>
              <button type="button" onClick={() => setAsking(false)}>
                Cancel
              </button>
              <button type="button" class="danger primary" onClick={approveNow}>
                Replace it
              </button>
            </>
          }
        >
          <Replaced name={device} device={replaced} />
        </Dialog>
      )}
    </li>
  );
}

function Replaced({ name, device }: { name: string; device: DeviceOverview | undefined }) {
  return (
    <div class="stack">
      <p>
        A device named <b>{name}</b> is already paired. The one that shows the code takes its place: name, settings and
        conversations. The token of the old one is then invalid, and it must be paired again.
      </p>
      {device && (
        <dl class="facts">
          <dt>The paired one is</dt>
          <dd>{[device.model, device.software].filter(Boolean).join(' · ') || 'of an unknown kind'}</dd>
          <dt>Now</dt>
          <dd>{device.isOnline ? 'online' : 'away'}</dd>
          <dt>Last seen</dt>
          <dd>{wholeMomentText(device.lastSeenAt)}</dd>
          {device.pairedAt !== undefined && (
            <>
              <dt>Paired</dt>
              <dd>{wholeMomentText(device.pairedAt)}</dd>
            </>
          )}
        </dl>
      )}
    </div>
  );
}
