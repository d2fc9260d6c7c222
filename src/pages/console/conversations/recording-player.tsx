/**
 * Plays the recording of a turn from any point.
 */

import { useQuery } from 'convex/react';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { bytesText, clockDurationText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { Banner, Skeleton } from '../../design/states.tsx';
import { api } from '../shell/api.ts';
import { fileAddressOf } from '../shell/file-address.ts';
import type { OpenTurn } from './filters.ts';
import { type LoadedRecording, loadRecording } from './recording.ts';
import { Waveform } from './waveform.tsx';

export function RecordingPlayer({ turn, device }: OpenTurn) {
  const stored = useQuery(api.recordings.url, { turn, device });
  const address = stored && fileAddressOf(stored.url);
  const [loaded, setLoaded] = useState<LoadedRecording | Error>();
  useEffect(() => {
    if (!address) return;
    const stop = new AbortController();
    loadRecording(address, stop.signal).then(
      (recording) => !stop.signal.aborted && setLoaded(recording),
      (error: Error) => !stop.signal.aborted && setLoaded(error),
    );
    return () => {
      stop.abort();
      setLoaded(undefined);
    };
  }, [address]);
  if (stored && loaded && !(loaded instanceof Error)) {
    return <Player recording={loaded} name={`${device} ${turn}.ogg`} bytes={stored.bytes} />;
  }
  return (
    <Card>
      {stored === null && <p class="quiet">It was deleted.</p>}
      {stored !== null && !loaded && <Skeleton rows={1} label="The recording is fetched" />}
      {loaded instanceof Error && <Banner tone="danger">{loaded.message} Open the turn again later.</Banner>}
    </Card>
  );
}

function Card({ actions, children }: { actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="card" aria-labelledby="recording">
      <header>
        <h3 id="recording">Recording of the speech</h3>
        {actions}
      </header>
      {children}
    </section>
  );
}

function Player({ recording, name, bytes }: { recording: LoadedRecording; name: string; bytes: number }) {
  const { file, sound, peaks, durationS } = recording;
  const audio = useRef<HTMLAudioElement>(null);
  const stored = useObjectUrl(file);
  const address = useObjectUrl(sound);
  const { atS, isPlaying, failed } = usePlayback(audio, address);

  function toggle(): void {
    const player = audio.current;
    if (!player) return;
    // The element's `error` tells a failure; a pause in between is none.
    if (player.paused) player.play().catch(() => {});
    else player.pause();
  }

  const actions = (
    <>
      <span class="number quiet">
        {clockDurationText(atS * 1_000)} / {clockDurationText(durationS * 1_000)}
      </span>
      {stored && (
        <a
          class="button bare icon-only"
          href={stored}
          download={name}
          aria-label={`Download the recording, ${bytesText(bytes)}`}
          title={`Download, ${bytesText(bytes)}`}
        >
          <Icon path={icons.downloadIcon} />
        </a>
      )}
    </>
  );
  return (
    <Card actions={actions}>
      <div class="player">
        {/* biome-ignore lint/a11y/useMediaCaption: the words are beside it */}
        <audio ref={audio} src={address} preload="auto" />
        <button
          type="button"
          class="icon-only play"
          aria-label={isPlaying ? 'Pause the recording' : 'Play the recording'}
          onClick={toggle}
        >
          <Icon path={isPlaying ? icons.pauseIcon : icons.playIcon} />
        </button>
        <Waveform
          peaks={peaks}
          durationS={durationS}
          atS={atS}
          nowS={() => audio.current?.currentTime ?? 0}
          onToggle={toggle}
          onSeek={(toS) => {
            if (audio.current) audio.current.currentTime = toS;
          }}
        />
      </div>
      {failed && <p class="quiet">This browser cannot play the recording. Download it, and play it elsewhere.</p>}
    </Card>
  );
}

function useObjectUrl(file: Blob): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

/** Where playback is; while it plays, with every frame of the screen. */
function usePlayback(audio: { current: HTMLAudioElement | null }, address: string | undefined) {
  const [playback, setPlayback] = useState({ atS: 0, isPlaying: false, failed: false });
  useEffect(() => {
    const player = audio.current;
    if (!player || !address) return;
    let frame = 0;
    const show = () => {
      const { currentTime: atS, paused, error } = player;
      setPlayback({ atS, isPlaying: !paused, failed: error !== null });
      cancelAnimationFrame(frame);
      if (!paused) frame = requestAnimationFrame(show);
    };
    const events = ['play', 'pause', 'ended', 'seeked', 'timeupdate', 'error'];
    for (const event of events) player.addEventListener(event, show);
    return () => {
      cancelAnimationFrame(frame);
      for (const event of events) player.removeEventListener(event, show);
    };
  }, [audio, address]);
  return playback;
}
