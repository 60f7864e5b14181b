import type { ReactNode } from 'react';
import { spell, type Ref } from '../ask.ts';
import { usePageSettings } from '../queries.ts';

/** The way to the object's workflow in the Temporal Web UI, where that is known. */
export function TemporalLink({ target }: { readonly target: Ref }): ReactNode {
  const { data } = usePageSettings();
  if (data === undefined || data.temporal_ui === null) return null;
  const base = data.temporal_ui.replace(/\/+$/, '');
  const workflow = encodeURIComponent(spell(target));
  return (
    <a
      href={`${base}/namespaces/${data.temporal_namespace}/workflows/${workflow}`}
      target="_blank"
      rel="noreferrer"
    >
      Open in Temporal ↗
    </a>
  );
}
