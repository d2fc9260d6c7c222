/**
 * Talk from the console: the talk page beside the views, as a device of its own. An operator who opens it means this browser, so its pairing
 * is approved at once; a viewer's has to be approved by an operator.
 */
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { onPairing } from '../../panel/pairing-message.ts';
import { useApproval } from './approval.ts';
import { useAttempt } from './attempt.ts';
import { useIsOperator } from './cloud.tsx';
import { FailureNotice } from './failure-view.tsx';

export const TALK_PANEL = 'talk-panel';

export function TalkPanel({ onClose }: { onClose(): void }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const isOperator = useIsOperator();
  const approve = useApproval();
  const { failure, run } = useAttempt();
  useEffect(() => {
    if (!frame.current || !isOperator) return;
    return onPairing(frame.current, (code) => void run(() => approve(code)));
  }, [isOperator, approve, run]);
  useEffect(() => {
    document.body.classList.add('has-talk-panel');
    return () => document.body.classList.remove('has-talk-panel');
  }, []);
  return (
    <aside id={TALK_PANEL} class="talk-panel" aria-labelledby="talk-panel-title">
      <header class="app-bar">
        <h2 id="talk-panel-title">Talk</h2>
        <span class="space" />
        <a
          class="button bare icon-only"
          href="/talk/"
          target="_blank"
          rel="noopener"
          title="In a tab of its own"
          onClick={onClose}
        >
          <Icon path={icons.externalIcon} />
          <span class="hidden-text">In a tab of its own</span>
        </a>
        <button type="button" class="bare icon-only" aria-label="Close" onClick={onClose}>
          <Icon path={icons.closeIcon} />
        </button>
      </header>
      <FailureNotice failure={failure} />
      <iframe
        ref={frame}
        src="/talk/"
        title="Talk page"
        allow="microphone; autoplay; screen-wake-lock; speaker-selection"
      />
    </aside>
  );
}
