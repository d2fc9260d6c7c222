/**
 * What the person sees when something has failed: what happened, and what to do.
 */
import { Component, type ComponentChildren } from 'preact';
import { Banner, ErrorState } from '../../design/states.tsx';
import { type Failure, failureOf } from './failure.ts';

export function FailureNotice({ failure }: { failure: Failure | undefined }) {
  if (!failure) return null;
  return (
    <Banner tone="danger">
      {failure.message} {failure.hint !== undefined && <span class="quiet">{failure.hint}</span>}
    </Banner>
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
      <ErrorState title="This cannot be shown" hint={failure.hint} onRetry={this.again}>
        {failure.message}
      </ErrorState>
    );
  }
}
