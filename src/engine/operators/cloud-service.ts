import { type Diagnostic, warning } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';

/** What a run says about a stage that calls a service of the cloud product. */
export function cloudServiceMessage(name: string): string {
  return `\`${name}\` calls a service that only the cloud product has: the fields that it would add are null`;
}

/** The warning for such a stage. */
export function needsCloudService(name: string, span: Span): readonly Diagnostic[] {
  return [warning('needs-cloud-service', span, cloudServiceMessage(name))];
}
