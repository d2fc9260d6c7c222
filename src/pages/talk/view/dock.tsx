/**
 * What the person presses: the talk button with its level, hands free, discard.
 */
import type { RefObject } from 'preact';
import { LevelMeter, type LevelMeterHandle } from '../../design/level-meter.tsx';
import type { PageState } from '../model/page-state.ts';
import type { PersonActions } from '../model/person-actions.ts';
import { talkLabel } from '../model/words.ts';

interface Props {
  state: PageState;
  actions: PersonActions;
  /** There is something to do first: pairing, another tab. */
  isBlocked: boolean;
  meter: RefObject<LevelMeterHandle | null>;
}

export function Dock({ state, actions, isBlocked, meter }: Props) {
  const { conversation, preferences, microphone } = state;
  const isRecording = conversation === 'recording' || conversation === 'streaming';
  const isBusy = conversation !== 'idle' && conversation !== 'error';
  return (
    <footer class="dock" data-conversation={conversation} data-microphone={microphone}>
      <p id="talk-label" class="talk-label">
        {isBlocked ? 'Not ready to talk' : talkLabel(state)}
      </p>
      <div class="dock-row">
        <label class="check hands-free">
          <input
            type="checkbox"
            class="switch"
            id="hands-free"
            checked={preferences.isHandsFree}
            disabled={isBlocked}
            onChange={(event) => actions.setHandsFree(event.currentTarget.checked)}
          />
          Hands free
        </label>
        <button
          type="button"
          id="talk"
          class="talk-button"
          aria-labelledby="talk-label"
          aria-pressed={isRecording}
          disabled={isBlocked}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            actions.talkDown(event.timeStamp);
          }}
          onPointerUp={(event) => actions.talkUp(event.timeStamp)}
          onPointerCancel={(event) => actions.talkUp(event.timeStamp)}
          onContextMenu={(event) => event.preventDefault()}
          onClick={(event) => {
            // A pointer's click has had its press. Screen readers and Enter send only a click.
            if (event.detail === 0) actions.talkTap();
          }}
        >
          <TalkIcon
            isRecording={isRecording}
            isAnswering={conversation === 'playing' || conversation === 'receiving'}
          />
        </button>
        <button type="button" id="discard" class="bare" hidden={!isBusy} onClick={actions.cancel}>
          {isRecording ? 'Discard' : 'Stop'}
        </button>
      </div>
      <LevelMeter label="Level of the microphone" handle={meter} />
    </footer>
  );
}

function TalkIcon({ isRecording, isAnswering }: { isRecording: boolean; isAnswering: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {isRecording ? (
        <path d="M12 19V5m-6 7 6-7 6 7" />
      ) : isAnswering ? (
        <path d="M4 10v4m4-7v10m4-13v16m4-13v10m4-7v4" />
      ) : (
        <>
          <rect x="9" y="3" width="6" height="11" rx="3" />
          <path d="M5 11a7 7 0 0 0 14 0m-7 7v3" />
        </>
      )}
    </svg>
  );
}
