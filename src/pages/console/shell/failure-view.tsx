/**
 * What the person sees when something has failed: what happened, and what to do.
 */
import { Component, type ComponentChildren } from 'preact';
import { type Failure, failureOf } from './failure.ts';

export function FailureNotice({ failure }: { failure: Failure }) {
  return (
    <p class="notice bad" role="alert" data-code={failure.code}>
      {failure.message} {failure.hint !== undefined && <span class="quiet">{failure.hint}</span>}
    </p>
  );
}

interface BoundaryProps {
  /** Another value is another place: it is tried anew. */
  place: string;
  children: ComponentChildren;
}

/** A view that fails (a query of its that is refused) fails alone: the navigation stays. */
export class FailureBoundary extends Component<BoundaryProps, { failure?: Failure | undefined }> {
  static override getDerivedStateFromError(error: unknown) {
    return { failure: failureOf(error) };
  }

  override componentDidUpdate(previous: BoundaryProps): void {
    if (previous.place !== this.props.place && this.state.failure) this.again();
  }

  again = () => this.setState({ failure: undefined });

  override render({ children }: BoundaryProps) {
    const { failure } = this.state;
    if (!failure) return children;
    return (
      <section class="empty">
        <FailureNotice failure={failure} />
        <button type="button" onClick={this.again}>
          Try again
        </button>
      </section>
    );
  }
}
