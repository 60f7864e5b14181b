import pc from 'picocolors';
import type { LoadedModels } from '../define/load-models.ts';
import { renderDiagnostics, type Paint } from '../model/render-diagnostics.ts';

/** Write diagnostics as people read them, in colour where that is shown. */
export function report({ diagnostics, texts }: Pick<LoadedModels, 'diagnostics' | 'texts'>): string {
  return renderDiagnostics(diagnostics, texts, PAINT);
}

export function hasErrors({ diagnostics }: Pick<LoadedModels, 'diagnostics'>): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

const PAINT: Paint = { error: pc.red, warning: pc.yellow, quiet: pc.dim };
