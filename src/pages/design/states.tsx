/**
 * What a view shows when it has no rows, when it failed, and while it waits.
 *
 *   <EmptyState icon={icons.deviceIcon} title="No devices yet">Start one with … <button>…</button></EmptyState>
 *   <ErrorState title="The conversations could not be read" hint="…" onRetry={…}>{error.message}</ErrorState>
 *   <Banner tone="warning">The line is cut. It is tried again in 3 s.</Banner>
 *   <Skeleton rows={3} label="Devices are read" />
 *   <Pill tone="accent" live>playing</Pill>
 */

import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';
import * as icons from './icons.ts';

export type Tone = 'info' | 'accent' | 'warning' | 'danger';

interface EmptyStateOptions {
  /** Of icons.ts. */
  icon: string;
  title: string;
  /** One or two sentences: why there is nothing, and what to do. */
  children?: ComponentChildren;
  /** Buttons and links. */
  actions?: ComponentChildren;
}

export function EmptyState({ icon, title, children, actions }: EmptyStateOptions) {
  return (
    <div class="empty">
      <Icon path={icon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div class="row">{actions}</div>}
    </div>
  );
}

interface ErrorStateOptions {
  /** What did not work, as a person would say it. */
  title: string;
  /** What happened: the error's message. */
  children?: ComponentChildren;
  /** What to do: the error's hint. */
  hint?: string | undefined;
  onRetry?: () => void;
}

export function ErrorState({ title, children, hint, onRetry }: ErrorStateOptions) {
  return (
    <div class="empty" data-tone="danger" role="alert">
      <Icon path={icons.warningIcon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {hint && <p>{hint}</p>}
      {onRetry && (
        <div class="row">
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

const BANNER_ICONS: Record<Tone, string> = {
  info: icons.infoIcon,
  accent: icons.checkIcon,
  warning: icons.warningIcon,
  danger: icons.errorIcon,
};

interface BannerOptions {
  tone: Tone;
  /** Of icons.ts. */
  icon?: string;
  children: ComponentChildren;
  /** A button. */
  action?: ComponentChildren;
}

/** Above a view that still works. What is told of a failure interrupts a screen reader, the rest waits. */
export function Banner({ tone, icon = BANNER_ICONS[tone], children, action }: BannerOptions) {
  return (
    <div class="banner" data-tone={tone} role={tone === 'danger' ? 'alert' : 'status'}>
      <Icon path={icon} />
      <div>{children}</div>
      {action}
    </div>
  );
}

export function Skeleton({ rows = 3, label }: { rows?: number; label: string }) {
  return (
    <div class="stack" role="status" aria-busy="true">
      <span class="hidden-text">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div class="skeleton row-skeleton" key={row} />
      ))}
    </div>
  );
}

interface PillOptions {
  tone?: Tone;
  /** Something happens now: its dot pulses. */
  live?: boolean;
  children: ComponentChildren;
}

export function Pill({ tone, live = false, children }: PillOptions) {
  return (
    <span class="pill" data-tone={tone}>
      <i class={live ? 'dot live' : 'dot'} />
      {children}
    </span>
  );
}
